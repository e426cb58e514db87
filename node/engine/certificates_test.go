package engine_test

import (
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
)

// propose lets node 0 propose, and the first n seats approve, and waits until the epoch is over on node 0.
func (w *world) resolve(seats int, actions ...governance.Action) {
	w.t.Helper()
	by := w.nodes[0]
	w.until(10_000, "the proposer may issue", func() bool { return by.engine.Overview().MayIssue })
	by.step(engine.Transfer{To: dag.Account{9}, Amount: 1}) // ledger time is 0 in the first commit
	w.run(2000)
	body, err := (&governance.Propose{Actions: actions}).Encode()
	if err != nil {
		w.t.Fatal(err)
	}
	by.step(engine.Govern{Ticket: 501, Kind: governance.KindPropose, Body: body})
	if r := by.replies[501]; r.Refusal != nil {
		w.t.Fatal(r.Refusal)
	}
	id := by.replies[501].Event
	approve, err := (&governance.Approve{Proposal: id}).Encode()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range w.nodes[1:seats] {
		if !m.up {
			continue
		}
		w.until(10_000, "the proposal is final", func() bool { _, ok := governance.FindProposal(m.engine.State(), id); return ok })
		m.step(engine.Govern{Ticket: 502, Kind: governance.KindApprove, Body: approve})
	}
}

func seatless(n int) governance.Action {
	return governance.Action{Verb: governance.VerbSeat, Member: memberOf(n).Event}
}

// changed replaces half of four seats.
func changed() []governance.Action {
	return []governance.Action{
		seatless(2), seatless(3),
		{Verb: governance.VerbSeat, Member: memberOf(4).Event, Weight: 1}, {Verb: governance.VerbSeat, Member: memberOf(5).Event, Weight: 1},
	}
}

// a member whose own event seals the epoch that takes its seat away.
func TestMemberLosesItsSeatByItsOwnEvent(t *testing.T) {
	for seed := range uint64(12) {
		w := newWorld(t, seed, 4, 1)
		w.startAll()
		w.resolve(4, seatless(3))
		w.until(20_000, "the epoch is over everywhere", func() bool {
			for _, m := range w.nodes {
				if m.engine.Network().Epoch < 2 {
					return false
				}
			}
			return true
		})
		w.run(1000)
	}
}

// a node that was away for a moment while the committee changed.
func TestCertificateThatWasMissedComesFromAPeer(t *testing.T) {
	w := newWorldWith(t, 3, 4, 3, shortEpochs(400))
	for n := range w.nodes {
		w.nodes[n].self.Cosigner = dag.NewSigner(seedOf('c', n))
	}
	w.startAll()
	w.until(10_000, "all may issue", func() bool { return w.nodes[6].engine.Overview().MayIssue && w.nodes[5].engine.Overview().MayIssue })
	m := w.nodes[6]
	m.step(engine.Transfer{Ticket: 1, To: dag.Account{9}, Amount: 1})
	w.run(2000)
	m.stop()
	w.resolve(6, changed()...)
	var id dag.ID
	w.until(20_000, "the epoch is over", func() bool { return w.nodes[0].engine.Network().Epoch == 2 })
	w.until(20_000, "and certified", func() bool { _, err := w.nodes[0].engine.Snapshot(); return err == nil })
	w.payEvery(w.nodes[5], dag.Account{9}, 200, 3000)
	m.start()
	w.until(20_000, "it comes along by replay", func() bool { return m.engine.Network().Epoch == 2 })
	w.payEvery(w.nodes[5], dag.Account{9}, 200, 5000)
	id = m.replies[1].Event
	w.until(20_000, "the newest checkpoint", func() bool { o := m.engine.Overview(); return o.Signed == o.LogSize && o.Signed > 0 })
	for _, who := range []*machine{w.nodes[0], m} {
		file, err := who.engine.ProveEvent(id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := proof.Verify(file, w.network.Cosigners); err != nil {
			t.Errorf("node %d: proof: %v", who.number, err)
		}
	}
	for range 100 {
		if m.engine.Network().Epoch >= 4 {
			break
		}
		w.payEvery(w.nodes[5], dag.Account{9}, 200, 5000)
	}
	t.Log("epoch", m.engine.Network().Epoch)
	w.until(20_000, "certified", func() bool { _, err := m.engine.Snapshot(); return err == nil })
	snap, err := m.engine.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := snap.Chain.Verify(w.network.ID, w.network.Cosigners); err != nil {
		t.Errorf("the snapshot that it serves: %v", err)
	}
	m.stop()
	m.start()
	if got, want := m.engine.Signers().Before, w.nodes[0].engine.Signers().Before; got.Hash() != want.Hash() {
		t.Errorf("after a restart it takes another committee for that of the epoch before")
	}
}

// nobody was away, but a node restarted before it had heard a quorum.
func TestCertificateAfterARestart(t *testing.T) {
	w := newWorldWith(t, 3, 4, 3, shortEpochs(400))
	for n := range w.nodes {
		w.nodes[n].self.Cosigner = dag.NewSigner(seedOf('c', n))
	}
	w.startAll()
	m := w.nodes[6]
	w.until(10_000, "all may issue", func() bool { return m.engine.Overview().MayIssue && w.nodes[5].engine.Overview().MayIssue })
	m.step(engine.Transfer{Ticket: 1, To: dag.Account{9}, Amount: 1})
	w.run(2000)
	w.resolve(6, changed()...)
	restarted := false
	w.trace = func(x *machine, _ engine.Input, out engine.Effects) {
		for _, n := range out.Notices {
			if _, ok := n.(engine.Sealed); ok && x == m {
				restarted = true
			}
		}
	}
	w.until(20_000, "the epoch is over", func() bool { return restarted })
	for _, n := range w.nodes {
		t.Log(n.number, n.engine.Network().Epoch)
	}
	m.stop()
	w.payEvery(w.nodes[5], dag.Account{9}, 200, 3000)
	m.start()
	w.payEvery(w.nodes[5], dag.Account{9}, 200, 20_000)
	w.run(200_000)
	w.until(20_000, "the newest checkpoint", func() bool { o := m.engine.Overview(); return o.Signed == o.LogSize && o.Signed > 0 })
	if _, err := w.nodes[0].engine.Snapshot(); err != nil {
		t.Fatal(err)
	}
	file, err := m.engine.ProveEvent(m.replies[1].Event)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := proof.Verify(file, w.network.Cosigners); err != nil {
		t.Errorf("node %d: proof: %v", m.number, err)
	}
}
