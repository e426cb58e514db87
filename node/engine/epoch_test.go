package engine_test

import (
	"fmt"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/node/engine"
)

// shortEpochs returns parameters under which an epoch lasts a few seconds.
func shortEpochs(rounds uint64) governance.Parameters {
	p := governance.DefaultParameters()
	p.EpochRounds = rounds
	return p
}

// commits notes the leader of every commit by its number and fails the test if two nodes differ.
type commits map[uint64]dag.ID

func (c commits) watch(w *world) {
	w.trace = func(m *machine, _ engine.Input, out engine.Effects) {
		for _, n := range out.Notices {
			committed, ok := n.(engine.Committed)
			if !ok {
				continue
			}
			if known, ok := c[committed.Number]; ok && known != committed.Leader {
				w.t.Fatalf("node %d: commit %d is led by %s, on another node by %s", m.number, committed.Number, committed.Leader, known)
			}
			c[committed.Number] = committed.Leader
		}
	}
}

// payEvery lets a machine pay 1 to an account every so many ms, for so many ms, and returns how many it issued.
func (w *world) payEvery(m *machine, to dag.Account, every, length uint64) (count uint64) {
	for end := w.now + length; w.now < end; w.run(every) {
		ticket := engine.Ticket(1_000_000 + w.now)
		m.step(engine.Transfer{Ticket: ticket, To: to, Amount: 1, IdempotencyKey: fmt.Sprint(m.number, w.now)})
		if m.replies[ticket].Refusal == nil {
			count++
		}
	}
	return count
}

// sameState lets time pass until all nodes that are up have the same state.
func (w *world) sameState(ms uint64) {
	w.t.Helper()
	w.until(ms, "all nodes have the same state and nothing open", func() bool {
		var first *ledger.State
		for _, m := range w.nodes {
			if !m.up {
				continue
			}
			if o := m.engine.Overview(); o.Open > 0 || o.Outbox > 0 {
				return false
			}
			if first == nil {
				first = m.engine.State()
			}
			if m.engine.State().Root() != first.Root() {
				return false
			}
		}
		return true
	})
}

func TestEpochsFollowEachOther(t *testing.T) {
	for seed := range uint64(3) {
		w := newWorldWith(t, seed, 4, 2, shortEpochs(20))
		order := commits{}
		order.watch(w)
		w.startAll()
		payer, payee := w.nodes[4], dag.Account{9}
		w.until(10_000, "the payer may issue", func() bool { return payer.engine.Overview().MayIssue })
		paid := w.payEvery(payer, payee, 100, 30_000)
		w.sameState(20_000)
		o := payer.engine.Overview()
		if o.Epoch < 5 {
			t.Fatalf("seed %d: epoch %d after 30 s", seed, o.Epoch)
		}
		account, _ := payer.engine.State().Account(payee)
		if account.Balance != paid || paid < 250 {
			t.Fatalf("seed %d: %d payments were taken, %d arrived", seed, paid, account.Balance)
		}
		if err := ledger.CheckSupply(payer.engine.State()); err != nil {
			t.Fatal(err)
		}
		t.Logf("seed %d: epoch %d, %d commits, %d events, %d in this epoch", seed, o.Epoch, o.Commits, o.Events, o.EpochEvents)
	}
}
