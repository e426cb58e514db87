package docs

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/dag/ledger"
)

// withCommas writes the digits of integers as the tables do.
func withCommas(text string) string {
	return regexp.MustCompile(`\d{4,}`).ReplaceAllStringFunc(text, func(digits string) string {
		for i := len(digits) - 3; i > 0; i -= 3 {
			digits = digits[:i] + "," + digits[i:]
		}
		return digits
	})
}

// TestParametersOfThePage compares the parameters of a genesis with those that an encoded one explains.
func TestParametersOfThePage(t *testing.T) {
	page := readPage(t, "protocol.md")
	explained := regexp.MustCompile(`(?m)Allowed: (.*)\.\n(\w+) = (\d+)$`)
	found := explained.FindAllStringSubmatch(string(newExample(t).genesis.Encode()), -1)
	if len(found) == 0 {
		t.Fatal("an encoded genesis explains no parameters")
	}
	for _, p := range found {
		row := "| `" + p[2] + "` | " + withCommas(p[3]) + " | " + withCommas(p[1]) + " |"
		if !strings.Contains(page, row) {
			t.Errorf("protocol.md has no row that begins %q", row)
		}
	}
}

// TestStatusesOfThePage compares the table of statuses with the code, both ways.
func TestStatusesOfThePage(t *testing.T) {
	cells := regexp.MustCompile(`\| (\d+) \| ([a-z-]+) \|`).FindAllStringSubmatch(readPage(t, "protocol.md"), -1)
	listed := map[ledger.Status]bool{}
	for _, cell := range cells {
		code, err := strconv.ParseUint(cell[1], 10, 8)
		status, unknown := ledger.ParseStatus(cell[2])
		if err != nil || unknown != nil || ledger.Status(code) != status {
			t.Errorf("protocol.md calls status %s %q", cell[1], cell[2])
		}
		listed[status] = true
	}
	for s := ledger.Status(1); s.IsValid(); s++ {
		if !listed[s] {
			t.Errorf("protocol.md does not list status %d, %s", s, s)
		}
	}
}

// TestNamesOnTheWire looks up the parts of names in the one file that makes them.
func TestNamesOnTheWire(t *testing.T) {
	source, err := os.ReadFile(filepath.Join("..", "mesh", "names.go"))
	if err != nil {
		t.Fatal(err)
	}
	page := readPage(t, "protocol.md")
	for inPage, inCode := range map[string]string{
		"`/lot/N/topic/events`": `"/topic/"`, "`/lot/N/message/1`": `"/message/1"`, "`/lot/N/request/batch/1`": `"/request/"`,
		"prefix `/lot/N`": `"/lot/"`, "service `_lot-`": `"_lot-"`,
	} {
		if !strings.Contains(page, inPage) || !strings.Contains(string(source), inCode) {
			t.Errorf("the page says %s, mesh/names.go should have %s", inPage, inCode)
		}
	}
}

// TestLeavesOfThePage puts the example's first two leaves together by hand.
func TestLeavesOfThePage(t *testing.T) {
	x := newExample(t)
	leaves := x.leafData()
	first := x.engine.ExportCommits(0, 1)[0]
	id := first.Order[0]
	if want := append(append([]byte{1}, id[:]...), 1); !bytes.Equal(leaves[0], want) {
		t.Errorf("leaf 0 is %x, the page says %x", leaves[0], want)
	}
	committee := committeeHash(x.network.ID, []string{"gw-1"}, []uint64{1}, [][32]byte{cosignKey.Key()})
	want := bytes.Join([][]byte{{2}, first.Leader[:], be64(first.Number), be64(first.Time), leaves[1][49:81], committee[:]}, nil)
	if !bytes.Equal(leaves[1], want) {
		t.Errorf("leaf 1 is %x, the page says %x", leaves[1], want)
	}
}
