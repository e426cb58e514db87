package engine_test

import (
	"fmt"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/dag/snapshot"
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

// A node that was away while an epoch ended fetches the rest of it and goes on; one that restarts goes on where it was.
func TestAwayWhileEpochsEnd(t *testing.T) {
	for seed := range uint64(4) {
		w := newWorldWith(t, seed, 4, 3, shortEpochs(40))
		commits{}.watch(w)
		w.startAll()
		payer, payee := w.nodes[4], dag.Account{9}
		w.until(10_000, "the payer may issue", func() bool { return payer.engine.Overview().MayIssue })
		paid := uint64(0)
		for n := range 12 {
			away := w.nodes[[]int{0, 5, 6, 1}[n%4]]
			away.stop()
			paid += w.payEvery(payer, payee, 100, 1+uint64(n)*200)
			away.start()
			paid += w.payEvery(payer, payee, 100, 500)
		}
		w.sameState(30_000)
		account, _ := payer.engine.State().Account(payee)
		if account.Balance != paid {
			t.Fatalf("seed %d: %d payments were taken, %d arrived", seed, paid, account.Balance)
		}
		w.until(30_000, "a quorum has signed all of the log, and how the last epoch ended", func() bool {
			_, err := payer.engine.Snapshot()
			o := payer.engine.Overview()
			return err == nil && o.Signed == o.LogSize
		})
	}
}

// All go down at once, again and again, and go on from their disks.
func TestBlackoutsOverEpochs(t *testing.T) {
	for seed := range uint64(3) {
		w := newWorldWith(t, seed, 4, 1, shortEpochs(30))
		commits{}.watch(w)
		w.startAll()
		payer, payee := w.nodes[4], dag.Account{9}
		paid := uint64(0)
		for range 6 {
			w.until(30_000, "the payer may issue", func() bool { return payer.engine.Overview().MayIssue })
			paid += w.payEvery(payer, payee, 50, 1500)
			for _, m := range w.nodes {
				m.fall()
			}
			w.reconnect()
			w.run(5_000)
			w.startAll()
		}
		w.sameState(30_000)
		account, _ := payer.engine.State().Account(payee)
		if account.Balance != paid {
			t.Fatalf("seed %d: %d payments were taken, %d arrived", seed, paid, account.Balance)
		}
	}
}

// install fetches a snapshot from another machine, as the driver of a gateway does, and makes the engine anew.
func (m *machine) install(from *machine) {
	m.w.t.Helper()
	snap, err := from.engine.Snapshot()
	if err != nil {
		m.w.t.Fatal(err)
	}
	newest, committee, err := snap.Chain.Verify(m.w.network.ID, m.w.network.Cosigners)
	if err != nil {
		m.w.t.Fatal(err)
	}
	m.fall()
	m.w.reconnect()
	seal := newest.Leaf.Hash()
	bits := snapshot.Bits(snap.State)
	for part := range 1 << bits {
		chunk, err := snapshot.Cut(snap.State, bits, part)
		if err != nil {
			m.w.t.Fatal(err)
		}
		entries, err := snapshot.Open(newest.Leaf.State, bits, part, chunk)
		if err != nil {
			m.w.t.Fatal(err)
		}
		if err := engine.Stage(m.disk, seal, engine.Chunk{Bits: bits, Part: part}, entries); err != nil {
			m.w.t.Fatal(err)
		}
		m.commit()
	}
	err = engine.Install(m.disk, m.w.now, &m.w.network, m.self.Signer.Key(), &newest, committee, snap.Chain)
	if err != nil {
		m.w.t.Fatal(err)
	}
	m.commit()
	m.start()
}

// A node that was away for so long that nobody has kept what it missed loads a snapshot, goes on, and issues again what nobody
// had heard of. What was pruned can still be proven by who issued it.
func TestSnapshotAfterLongAbsence(t *testing.T) {
	for seed := range uint64(3) {
		w := newWorldWith(t, seed, 4, 3, shortEpochs(40))
		for _, m := range w.nodes {
			m.policy.Keep = 5_000
		}
		commits{}.watch(w)
		w.startAll()
		payer, away, payee := w.nodes[4], w.nodes[5], dag.Account{9}
		w.until(10_000, "both may issue", func() bool {
			return payer.engine.Overview().MayIssue && away.engine.Overview().MayIssue
		})
		paid := w.payEvery(payer, payee, 100, 5_000) + w.payEvery(away, payee, 100, 2_000)
		first := payer.replies[firstTicket(payer)].Event
		w.blocked = func(from, to int) bool { return from == 5 || to == 5 }
		w.dirty = true
		away.step(engine.Transfer{Ticket: 7, To: payee, Amount: 5}) // nobody hears of it
		if away.replies[7].Refusal == nil {
			paid += 5
		}
		away.stop()
		paid += w.payEvery(payer, payee, 100, 30_000)
		w.blocked, w.dirty = nil, true
		away.start()
		w.until(20_000, "the node learns that it is far behind", func() bool {
			for _, n := range away.notices {
				if b, ok := n.(engine.Behind); ok && !b.Replayable {
					return true
				}
			}
			return false
		})
		away.install(payer)
		paid += w.payEvery(payer, payee, 100, 3_000) + w.payEvery(away, payee, 100, 1_000)
		w.sameState(30_000)
		account, _ := away.engine.State().Account(payee)
		if account.Balance != paid {
			t.Fatalf("seed %d: %d was paid, %d arrived", seed, paid, account.Balance)
		}
		o := payer.engine.Overview()
		if o.Pruned < 1000 || o.Oldest+4 < o.Epoch {
			t.Fatalf("seed %d: nothing was pruned: %+v", seed, o)
		}
		w.checkProof(payer, first)
		t.Logf("seed %d: %+v", seed, away.engine.Overview())
	}
}

// firstTicket returns the lowest ticket that was answered with an event.
func firstTicket(m *machine) engine.Ticket {
	lowest := ^engine.Ticket(0)
	for ticket, r := range m.replies {
		if r.Refusal == nil && !r.Event.IsZero() {
			lowest = min(lowest, ticket)
		}
	}
	return lowest
}

// checkProof fails the test unless a machine can prove an event of long ago, or the one that stands for it.
func (w *world) checkProof(m *machine, id dag.ID) {
	w.t.Helper()
	w.until(20_000, "the newest checkpoint", func() bool { o := m.engine.Overview(); return o.Signed == o.LogSize })
	id, err := m.engine.Successor(id)
	if err != nil {
		w.t.Fatal(err)
	}
	file, err := m.engine.ProveEvent(id)
	if err != nil {
		w.t.Fatal(err)
	}
	result, err := proof.Verify(file, w.network.Cosigners)
	if err != nil || !result.Effective() {
		w.t.Fatal(result, err)
	}
}
