package proof

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

func TestLeafBytes(t *testing.T) {
	id := dag.ID(bytes.Repeat([]byte{0xaa}, 32))
	event := EventLeaf{Event: id, Status: ledger.StatusSequenceTaken}
	closing := ClosingLeaf{Leader: id, Number: 7, Time: 0x0102030405, State: [32]byte{0: 0xbb}, Committee: Hash{31: 0xcc}}
	for _, c := range []struct {
		name string
		got  []byte
		hash Hash
		want string
	}{
		{"event", event.Encode(), event.Hash(), "01" + strings.Repeat("aa", 32) + "09"},
		{"closing", closing.Encode(), closing.Hash(), "02" + strings.Repeat("aa", 32) + "0000000000000007" + "0000000102030405" +
			"bb" + strings.Repeat("00", 31) + strings.Repeat("00", 31) + "cc"},
	} {
		if got := hex.EncodeToString(c.got); got != c.want {
			t.Errorf("%s leaf is %s, want %s", c.name, got, c.want)
		}
		if want := sha256.Sum256(append([]byte{0}, c.got...)); c.hash != want {
			t.Errorf("%s leaf hash is not SHA-256 over a zero byte and the leaf", c.name)
		}
	}
}
