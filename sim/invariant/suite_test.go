package invariant

import (
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
)

// Each checker is part of the suite: what two shards saw of it is among the findings of the merged one.
func TestSuiteHasAllCheckers(t *testing.T) {
	promise := Promise{Supply: 100, Deadlines: peace}
	a, b, whole := NewSuite(promise), NewSuite(promise), NewSuite(promise)
	a.Order.Committed(1, 10, 1, id(1), 1)
	b.Order.Committed(2, 20, 1, id(2), 1)
	tell(&a.Whole, 1, 0, 1, 2, 3)
	tell(&b.Whole, 2, 0, 1, 3, 2)
	b.Supply.State(30, stateOf(t, 101, 1))
	b.Readings.Acknowledged(2, 30, signer(7).Key(), 1)
	b.Readings.Check(2, 40, &shelf{})
	a.Spends.Receipt(1, 50, transfer(t, 1, 0, 1), ledger.StatusApplied)
	b.Spends.Receipt(2, 51, transfer(t, 1, 1, 1), ledger.StatusApplied)
	b.Forks.Forked(1, 55, 2)
	b.Signatures.Signed(2, 56, proof.TreeHead{Size: 9}, dag.Signature{9})
	b.Signatures.Signed(2, 57, proof.TreeHead{Size: 4}, dag.Signature{4})
	a.Liveness.Issued(1, 60, transfer(t, 1, 0, 1))
	whole.Merge(b)
	whole.Merge(a)
	whole.Liveness.CheckFinal(2_000, []Standing{standing(1)})
	wantFindings(t, whole.Findings(), RuleWholeOrder, RuleOneOrder, RuleSupply, RuleReadings, RuleSpends, RuleForks, RuleSignatures, RuleFinal)
	if !slices.IsSortedFunc(whole.Findings(), Finding.Compare) {
		t.Error("they are not sorted")
	}
	wantFindings(t, a.Findings())
}

func TestSuiteOfAnHonestRunFindsNothing(t *testing.T) {
	s := NewSuite(Promise{Supply: 100})
	for node := range 3 {
		s.Order.Committed(node, 10, 1, dag.ID{1}, 1)
		s.Spends.Receipt(node, 11, transfer(t, 1, 0, 1), ledger.StatusApplied)
	}
	s.Supply.State(10, stateOf(t, 100, 1))
	if list := s.Findings(); len(list) != 0 {
		t.Errorf("found %v", list)
	}
}
