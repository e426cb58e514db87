package engine_test

import (
	"errors"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/snapshot"
	"github.com/ledgerofthings/lot/node/engine"
)

// However little a node is to keep, it has the epoch before the current one: its peers may still need the end of that.
func TestTheEpochBeforeIsAlwaysKept(t *testing.T) {
	w := newWorldWith(t, 1, 4, 1, shortEpochs(20))
	for _, m := range w.nodes {
		m.policy.Keep = 0
	}
	w.startAll()
	payer := w.nodes[4]
	w.until(10_000, "the payer may issue", func() bool { return payer.engine.Overview().MayIssue })
	for payer.engine.Overview().Epoch < 6 {
		w.payEvery(payer, dag.Account{9}, 100, 200)
		for _, m := range w.nodes {
			if o := m.engine.Overview(); o.Epoch > 1 && o.Oldest >= o.Epoch {
				t.Fatalf("node %d is in epoch %d, and has all events from epoch %d on", m.number, o.Epoch, o.Oldest)
			}
		}
	}
	if o := payer.engine.Overview(); o.Oldest+2 < o.Epoch {
		t.Fatalf("it keeps too much: %+v", o)
	}
}

// What was fetched takes the place of the state only if it is what the seal names.
func TestInstallRefusesWhatIsNotWhole(t *testing.T) {
	w := newWorldWith(t, 1, 4, 1, shortEpochs(20))
	w.startAll()
	payer := w.nodes[4]
	w.until(10_000, "the payer may issue", func() bool { return payer.engine.Overview().MayIssue })
	w.payEvery(payer, dag.Account{9}, 100, 4_000)
	w.until(20_000, "a certified end of an epoch", func() bool { _, err := payer.engine.Snapshot(); return err == nil })
	snap, err := payer.engine.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	newest, committee, err := snap.Chain.Verify(w.network.ID, w.network.Cosigners)
	if err != nil {
		t.Fatal(err)
	}
	m := w.nodes[0]
	m.fall()
	w.reconnect()
	chunk, err := snapshot.Cut(snap.State, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := snapshot.Open(newest.Leaf.State, 0, 0, chunk)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		entries []snapshot.Entry
	}{{"an entry is missing", entries[:len(entries)-1]}, {"nothing is there", nil}} {
		if _, err := engine.Unstage(m.disk); err != nil {
			t.Fatal(err)
		}
		if err := engine.Stage(m.disk, newest.Leaf.Hash(), engine.Chunk{}, c.entries); err != nil {
			t.Fatal(err)
		}
		m.commit()
		err := engine.Install(m.disk, w.now, &w.network, m.self.Signer.Key(), &newest, committee, snap.Chain)
		if !errors.Is(err, engine.ErrIncomplete) {
			t.Errorf("%s: %v", c.name, err)
		}
		m.disk.Crash()
	}
}

// A peer asks for an epoch again and again, also when that is gone.
func TestAskedForAnEpochThatWasPruned(t *testing.T) {
	w := newWorldWith(t, 1, 4, 1, shortEpochs(20))
	for _, m := range w.nodes {
		m.policy.Keep = 1_000 // so that the epoch goes while the next but one is under way
	}
	w.startAll()
	payer := w.nodes[4]
	w.until(10_000, "the payer may issue", func() bool { return payer.engine.Overview().MayIssue })
	for epoch := uint64(1); epoch < 4; epoch++ {
		w.until(10_000, "the epoch has begun", func() bool {
			w.payEvery(payer, dag.Account{9}, 50, 50)
			return payer.engine.Overview().Epoch > epoch
		})
		w.until(10_000, "the epoch is gone", func() bool {
			if payer.engine.Overview().Epoch == epoch+2 {
				payer.step(engine.Sync{From: "0", Message: &dag.Missing{Epoch: epoch, Mask: ^uint64(0)}})
			}
			w.payEvery(payer, dag.Account{9}, 100, 10)
			return payer.engine.Overview().Oldest > epoch
		})
		payer.step(engine.Sync{From: "0", Message: &dag.Missing{Epoch: epoch, Mask: ^uint64(0)}})
	}
}

// Whatever else of a pruned epoch goes, each of a node's own events stays provable, and those of others do not.
func TestOwnEventsStayProvable(t *testing.T) {
	w := newWorldWith(t, 1, 4, 2, shortEpochs(40))
	for _, m := range w.nodes {
		m.policy.Keep = 1_000
	}
	w.startAll()
	one, other := w.nodes[4], w.nodes[5]
	w.until(10_000, "both may issue", func() bool { return one.engine.Overview().MayIssue && other.engine.Overview().MayIssue })
	for range 5 {
		w.payEvery(one, dag.Account{9}, 100, 1_500)
		w.payEvery(other, dag.Account{9}, 50, 1_500)
	}
	w.sameState(30_000)
	w.run(10_000) // for the deletion
	gone := 0
	for ticket, r := range one.replies {
		if r.Refusal != nil || r.Event.IsZero() {
			continue
		}
		w.checkProof(one, r.Event)
		if _, err := other.engine.ProveEvent(r.Event); errors.Is(err, engine.ErrNotFound) {
			gone++
		}
		delete(one.replies, ticket)
	}
	if o := one.engine.Overview(); o.Oldest < 3 || gone < 20 {
		t.Fatalf("the oldest epoch is %d, %d events are gone elsewhere", o.Oldest, gone)
	}
}

// What could be proven before a snapshot was installed can be proven when all from before it was pruned: to the checkpoint of then,
// whose tree ends where later hashes are missing.
func TestOwnEventsStayProvableAcrossASnapshot(t *testing.T) {
	for seed := range uint64(6) {
		w := newWorldWith(t, seed, 4, 2, shortEpochs(40))
		for _, m := range w.nodes {
			m.policy.Keep = 3_000
		}
		w.startAll()
		payer, away := w.nodes[4], w.nodes[5]
		w.until(10_000, "both may issue", func() bool { return payer.engine.Overview().MayIssue && away.engine.Overview().MayIssue })
		w.payEvery(away, dag.Account{9}, 300, 4_000+seed*777)
		w.payEvery(payer, dag.Account{9}, 50, 1_000) // leaves of others at the end
		w.until(20_000, "the newest checkpoint", func() bool { o := away.engine.Overview(); return o.Signed == o.LogSize })
		var proven []dag.ID
		for _, r := range away.replies {
			if r.Refusal != nil || r.Event.IsZero() {
				continue
			}
			if id, err := away.engine.Successor(r.Event); err == nil {
				if _, err := away.engine.ProveEvent(id); err == nil {
					proven = append(proven, id)
				}
			}
		}
		away.stop()
		w.payEvery(payer, dag.Account{9}, 100, 20_000)
		away.start()
		away.install(payer)
		w.payEvery(payer, dag.Account{9}, 100, 15_000)
		w.sameState(30_000)
		w.run(10_000) // for the deletion
		for _, id := range proven {
			w.checkProof(away, id)
		}
		if o := away.engine.Overview(); len(proven) < 5 || o.Pruned < 50 {
			t.Fatalf("seed %d: %d proven, %+v", seed, len(proven), o)
		}
	}
}
