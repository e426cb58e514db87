package invariant

import (
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
)

func TestSignaturesAreNotTakenBack(t *testing.T) {
	small, large, other := proof.TreeHead{Size: 4, Root: proof.Hash{1}}, proof.TreeHead{Size: 9, Root: proof.Hash{2}}, proof.TreeHead{Size: 9, Root: proof.Hash{3}}
	cases := []struct {
		name   string
		signed []proof.TreeHead
		found  bool
	}{
		{"rising", []proof.TreeHead{small, large}, false},
		{"again", []proof.TreeHead{small, small, large, large}, false},
		{"back", []proof.TreeHead{small, large, small}, true},
		{"another of one size", []proof.TreeHead{large, other}, true},
	}
	for _, c := range cases {
		s := NewSignatures()
		for n, head := range c.signed {
			s.Signed(2, uint64(10*n), head, dag.Signature{1, byte(n)})
			s.Signed(3, uint64(10*n), large, dag.Signature{2, byte(n)}) // another member's are its own
		}
		whole := NewSignatures()
		whole.Merge(&s)
		list := whole.Findings()
		if (len(list) > 0) != c.found || c.found && (list[0].Rule != RuleSignatures || list[0].Node != 2) {
			t.Errorf("%s: found %v", c.name, list)
		}
	}
}

func TestSignaturesAfterALoss(t *testing.T) {
	s := NewSignatures()
	s.Signed(1, 10, proof.TreeHead{Size: 9}, dag.Signature{1})
	s.Replaced(1)
	s.Signed(1, 20, proof.TreeHead{Size: 4}, dag.Signature{2})
	wantFindings(t, s.Findings())
}

// What was signed before may be sent again.
func TestSignaturesSentAgain(t *testing.T) {
	s := NewSignatures()
	s.Signed(1, 10, proof.TreeHead{Size: 4}, dag.Signature{1})
	s.Signed(1, 20, proof.TreeHead{Size: 9}, dag.Signature{2})
	s.Signed(1, 30, proof.TreeHead{Size: 4}, dag.Signature{1})
	s.Signed(1, 40, proof.TreeHead{Size: 9}, dag.Signature{3})
	wantFindings(t, s.Findings())
}
