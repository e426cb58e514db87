package engine_test

import (
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
	"github.com/ledgerofthings/lot/node/engine"
)

// beginning is what an epoch begins with: its roots and its leaders.
type beginning struct {
	roots   [dag.Roots]dag.ID
	leaders []int
}

func beginningOf(e *engine.Engine) (b beginning) {
	for n := range dag.Roots {
		b.roots[n] = e.Graph().Arena().ID(dag.Index(n))
	}
	for round := range uint64(64) {
		b.leaders = append(b.leaders, e.Rules().Leader(round+1))
	}
	return b
}

// Roots and leaders of an epoch depend on how the one before ended: nobody knows them earlier, and no event can be moved to another past.
func TestEpochsHangTogether(t *testing.T) {
	var second []beginning
	for payments := range uint64(2) {
		w := newWorldWith(t, 1, 4, 1, shortEpochs(20))
		w.startAll()
		payer := w.nodes[4]
		first := beginningOf(payer.engine)
		w.until(10_000, "the payer may issue", func() bool { return payer.engine.Overview().MayIssue })
		for payer.engine.Overview().Epoch < 2 {
			w.payEvery(payer, dag.Account{9}, 50+50*payments, 50)
		}
		b := beginningOf(payer.engine)
		if slices.Equal(b.leaders, first.leaders) {
			t.Error("two epochs have the same leaders")
		}
		second = append(second, b)
	}
	if second[0].roots == second[1].roots {
		t.Error("the second epoch has the same roots, whatever happened in the first")
	}
	if slices.Equal(second[0].leaders, second[1].leaders) {
		t.Error("the second epoch has the same leaders, whatever happened in the first")
	}
}

// An event that rests on the roots of one epoch and claims another is invalid for everybody.
func TestEventsOfAnotherEpochAreInvalid(t *testing.T) {
	n := foundNetwork(t, 4, 0, shortEpochs(20))
	origin := dag.FirstOrigin(n.ID)
	for _, c := range []struct {
		epoch uint64
		valid bool
	}{{1, true}, {2, false}, {99, false}} {
		arena := dag.NewArena(origin, n.Approvals, finality.NewRules(n.Committee, n.Epoch, n.ID))
		f := dag.Fields{
			Network: n.ID, Key: memberOf(0).Event, Account: memberOf(0).Account, Seq: 1, Time: 1, Epoch: c.epoch, Round: 1,
			Approves: []dag.ID{origin.Root(0), origin.Root(1)},
		}
		v, err := f.Sign(dag.NewSigner(seedOf('e', 0)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := arena.Intern(v); (err == nil) != c.valid {
			t.Errorf("an event of epoch 1 that claims epoch %d: %v", c.epoch, err)
		}
	}
}
