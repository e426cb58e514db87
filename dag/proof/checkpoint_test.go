package proof

import (
	"errors"
	"strings"
	"testing"

	formats "github.com/transparency-dev/formats/log"

	"github.com/ledgerofthings/lot/dag"
)

const (
	emptyRoot   = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
	zeroOrigin  = "ledgerofthings.org/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	emptyAtZero = zeroOrigin + "\n0\n" + emptyRoot + "\n"
)

func TestCheckpointText(t *testing.T) {
	head, err := new(Log).Head()
	if err != nil {
		t.Fatal(err)
	}
	c := Checkpoint{TreeHead: head}
	if c.Text() != emptyAtZero {
		t.Errorf("text is %q", c.Text())
	}
	c = Checkpoint{Network: fixtureNetwork, TreeHead: TreeHead{Size: dag.MaxInteger, Root: numbered(1)}}
	back, err := ParseCheckpoint(c.Text())
	if err != nil || back != c {
		t.Errorf("read back %v, %v", back, err)
	}
	var foreign formats.Checkpoint
	rest, err := foreign.Unmarshal([]byte(c.Text()))
	if err != nil || len(rest) != 0 || foreign.Origin != Origin(fixtureNetwork) || foreign.Size != c.Size || string(foreign.Hash) != string(c.Root[:]) {
		t.Errorf("transparency-dev reads %v, %q, %v", foreign, rest, err)
	}
}

func TestParseCheckpointRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":           "",
		"no final newline":  strings.TrimSuffix(emptyAtZero, "\n"),
		"an extension line": emptyAtZero + "more\n",
		"another log":       strings.Replace(emptyAtZero, "ledgerofthings.org", "example.com", 1),
		"prefix of the id":  strings.Replace(emptyAtZero, "org/", "org/lotnet:", 1),
		"short id":          strings.Replace(emptyAtZero, "/aa", "/a", 1),
		"leading zero":      strings.Replace(emptyAtZero, "\n0\n", "\n00\n", 1),
		"plus sign":         strings.Replace(emptyAtZero, "\n0\n", "\n+0\n", 1),
		"too large":         strings.Replace(emptyAtZero, "\n0\n", "\n9007199254740992\n", 1),
		"no size":           strings.Replace(emptyAtZero, "\n0\n", "\n\n", 1),
		"short root":        strings.Replace(emptyAtZero, "47DE", "", 1),
		"loose base64":      strings.Replace(emptyAtZero, "uFU=", "uFV=", 1),
		"carriage return":   strings.ReplaceAll(emptyAtZero, "\n", "\r\n"),
	} {
		if c, err := ParseCheckpoint(text); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
}

func FuzzParseCheckpoint(f *testing.F) {
	f.Add(emptyAtZero)
	f.Add(Checkpoint{Network: fixtureNetwork, TreeHead: TreeHead{Size: 12, Root: numbered(1)}}.Text())
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCheckpoint(text)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Errorf("error of another kind: %v", err)
			}
			return
		}
		if c.Text() != text {
			t.Errorf("%q reads as %q", text, c.Text())
		}
	})
}
