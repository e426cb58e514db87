package invariant

import (
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
)

// The end of an epoch has to be the same everywhere.
func TestSealsAgree(t *testing.T) {
	next := func(epoch uint64) *engine.Network {
		return &engine.Network{Epoch: epoch, Cosigners: proof.Committee{Epoch: epoch}}
	}
	var a, b Seals
	a.Sealed(1, 10, 1, proof.Hash{1}, next(2))
	b.Sealed(2, 20, 1, proof.Hash{1}, next(2))
	a.Sealed(1, 30, 2, proof.Hash{2}, next(3))
	a.Merge(&b)
	if wantFindings(t, a.Findings()); a.Epochs() != 2 {
		t.Errorf("%d epochs", a.Epochs())
	}
	b.Sealed(2, 40, 2, proof.Hash{3}, next(3))
	b.Sealed(2, 50, 3, proof.Hash{4}, next(9))
	a.Merge(&b)
	wantFindings(t, a.Findings(), RuleOneOrder, RuleSeals)
}

// A payload that is issued again may take effect under one of its events only.
func TestOnce(t *testing.T) {
	first, second, third := transfer(t, 1, 0, 1), transfer(t, 1, 1, 2), transfer(t, 1, 2, 3)
	o, told := NewOnce(), NewSpends()
	o.Reissued(first.ID(), second.ID())
	o.Reissued(first.ID(), third.ID())
	told.Receipt(1, 10, second, ledger.StatusApplied)
	told.Receipt(1, 11, third, ledger.StatusSequenceTaken)
	wantFindings(t, o.Findings(&told))
	other, again := NewOnce(), NewSpends()
	other.Merge(&o)
	again.Receipt(1, 10, second, ledger.StatusApplied)
	again.Receipt(2, 12, third, ledger.StatusApplied)
	wantFindings(t, other.Findings(&again), RuleOnce)
}

// Nobody is ordered whom no member has admitted.
func TestAdmission(t *testing.T) {
	a, e := NewAdmission(), transfer(t, 1, 0, 1)
	n := &engine.Network{Members: map[dag.Key]dag.Account{e.Key(): {1}}}
	a.Ordered(1, 10, e, n)
	wantFindings(t, a.Findings())
	a.Ordered(1, 20, e, &engine.Network{})
	whole := NewAdmission()
	whole.Merge(&a)
	wantFindings(t, whole.Findings(), RuleAdmission)
}

// A node that keeps the past for longer than it is told to is found, but not if it just came back.
func TestPruning(t *testing.T) {
	const keep, late = 10_000_000, 10_000_000 + pruneWithin + 1_000_000
	p := NewPruning(keep)
	p.Sealed(1, 0, 1)
	p.Sealed(1, 1_000_000, 2)
	p.Sealed(1, 2_000_000, 3)
	p.Check(1, late, 0, 3, 4) // the epoch before the current one stays
	p.Check(1, late, late-1, 1, 4)
	wantFindings(t, p.Findings())
	q := NewPruning(keep)
	q.Sealed(1, 0, 1)
	q.Sealed(1, 1_000_000, 2)
	q.Check(1, late, 0, 1, 3)
	p.Merge(&q)
	wantFindings(t, p.Findings(), RulePruning)
	none := NewPruning(0)
	none.Sealed(1, 0, 1)
	none.Check(1, late, 0, 1, 9)
	wantFindings(t, none.Findings())
}
