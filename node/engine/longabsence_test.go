package engine_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/snapshot"
	"github.com/ledgerofthings/lot/node/engine"
)

// a gateway on an older copy of its disk hears of an anchor of its own that it does not know, and the epoch ends before that is ordered.
func TestVoidAnchorOfAnUnknownBatch(t *testing.T) {
	w := newWorldWith(t, 1, 4, 2, shortEpochs(30))
	w.startAll()
	m, other := w.nodes[4], w.nodes[5]
	w.until(10_000, "both may issue", func() bool { return other.engine.Overview().MayIssue && m.engine.Overview().MayIssue })
	m.step(engine.AddDevice{Name: "d", Key: deviceKey(0)})
	w.run(1500)
	old := m.disk.Clone()
	w.blocked = func(a, b int) bool { return (a < 4) != (b < 4) } // only node 5 can hear of the anchor
	w.dirty = true
	w.run(10)
	m.read(0, 1, 77)
	m.step(engine.Flush{})
	w.run(100)
	m.stop()
	m.disk = old
	m.start()
	w.run(3000)
	for w.nodes[0].engine.Network().Epoch < 2 {
		w.payEvery(w.nodes[0], dag.Account{9}, 100, 500)
	}
	w.blocked = func(a, b int) bool { return a == 5 || b == 5 }
	w.dirty = true
	w.payEvery(w.nodes[0], dag.Account{9}, 100, 6000)
	other.stop()
	w.sameState(5000)
}

// a peer that asks for two old epochs in turn.
func TestOldEpochsInTurn(t *testing.T) {
	w := newWorldWith(t, 1, 4, 1, shortEpochs(100))
	w.startAll()
	w.until(10_000, "may issue", func() bool { return w.nodes[4].engine.Overview().MayIssue })
	for w.nodes[0].engine.Network().Epoch < 3 {
		w.payEvery(w.nodes[4], dag.Account{9}, 20, 1000)
	}
	m := w.nodes[0]
	t.Log("events", m.engine.Overview().Events)
	ask := func(epoch func(n int) uint64) time.Duration {
		w.run(5000)
		began := time.Now()
		for n := range 60 {
			var out engine.Effects
			request := &dag.Missing{Epoch: epoch(n), Mask: 1}
			if err := m.engine.Step(w.now, engine.Sync{From: "1", Message: request}, &out); err != nil {
				t.Fatal(err)
			}
		}
		return time.Since(began)
	}
	one := ask(func(int) uint64 { return 1 })
	two := ask(func(n int) uint64 { return 1 + uint64(n%2) })
	t.Logf("60 requests for one epoch %v, for two in turn %v", one, two)
	if two > 8*one {
		t.Errorf("the index of an old epoch is made again for every request")
	}
}

// a snapshot that is installed when the node has come further by itself meanwhile.
func TestSnapshotOfThePastIsRefused(t *testing.T) {
	for _, ahead := range []uint64{0, 1} {
		w := newWorldWith(t, 1, 4, 1, shortEpochs(40))
		w.startAll()
		payer := w.nodes[4]
		w.until(10_000, "may issue", func() bool { return payer.engine.Overview().MayIssue })
		var snap *engine.Snapshot
		for snap == nil {
			w.payEvery(payer, dag.Account{9}, 100, 500)
			snap, _ = payer.engine.Snapshot()
		}
		newest, committee, err := snap.Chain.Verify(w.network.ID, w.network.Cosigners)
		if err != nil {
			t.Fatal(err)
		}
		for payer.engine.Network().Epoch < newest.Leaf.Epoch+1+ahead {
			w.payEvery(payer, dag.Account{9}, 100, 500)
		}
		m := w.nodes[1]
		t.Logf("snapshot opens epoch %d, the node is in %d", newest.Leaf.Epoch+1, m.engine.Network().Epoch)
		m.fall()
		bits := snapshot.Bits(snap.State)
		for part := range 1 << bits {
			chunk, _ := snapshot.Cut(snap.State, bits, part)
			entries, err := snapshot.Open(newest.Leaf.State, bits, part, chunk)
			if err != nil {
				t.Fatal(err)
			}
			if err := engine.Stage(m.disk, newest.Leaf.Hash(), engine.Chunk{Bits: bits, Part: part}, entries); err != nil {
				t.Fatal(err)
			}
			m.commit()
		}
		err = engine.Install(m.disk, w.now, &w.network, m.self.Signer.Key(), &newest, committee, snap.Chain)
		if err != nil {
			continue // refused: that is what is wanted
		}
		t.Errorf("a snapshot of an epoch that the node is in or beyond is installed")
		m.commit()
		m.self.Random = rand.New(rand.NewPCG(1, 1))
		if _, err := engine.New(engine.Config{Network: w.network, Self: m.self, Policy: m.policy}, m.disk, w.now); err != nil {
			t.Errorf("and the node never starts again: %v", err)
		}
	}
}

// one member fills what is kept of later epochs.
func TestEarlyEventsAreBounded(t *testing.T) {
	w := newWorld(t, 1, 4, 1)
	w.startAll()
	w.run(1000)
	m := w.nodes[0]
	signer := w.nodes[4].self.Signer
	bytes := 0
	for n := range uint64(3000) {
		f := dag.Fields{
			Network: w.network.ID, Key: signer.Key(), Account: dag.AccountOf(signer.Key()), Seq: 1, Time: w.now, Epoch: 1 << 40, Kind: "test",
			Approves: []dag.ID{{1}, {2}}, Body: make([]byte, 900), Round: n,
		}
		v, err := f.Sign(signer)
		if err != nil {
			t.Fatal(err)
		}
		bytes += v.Size()
		m.step(engine.Gossip{From: "1", Events: []dag.Verified{v}})
	}
	t.Log("bytes of a far epoch", bytes)
	// nothing visible from outside: see early.put, which refuses from here on for good
}

// one peer says that it is far ahead.
func TestLyingOffer(t *testing.T) {
	w := newWorld(t, 1, 4, 1)
	w.startAll()
	w.run(4000)
	m := w.nodes[0]
	behind := 0
	for range 50 {
		o := dag.NewOffer(1<<40, dag.Digest{})
		o.Oldest = 1
		w.run(500)
		m.step(engine.Sync{From: "4", Message: o})
	}
	for _, n := range m.notices {
		if _, ok := n.(engine.Behind); ok {
			behind++
		}
	}
	if h := m.engine.Health(w.now); !h.InSync {
		t.Errorf("one liar without a seat makes the node say: %s", h.Why)
	}
	t.Log(behind, "notices Behind")
	w.run(7000)
	o := dag.NewOffer(2, dag.Digest{})
	m.step(engine.Sync{From: "4", Message: o})
	t.Log(m.engine.Health(w.now).Why)
}

// a gateway on an old disk is told by others that are behind too, in an epoch that is over.
func TestOldDiskAmongOthersThatWereAway(t *testing.T) {
	w := newWorldWith(t, 1, 4, 4, shortEpochs(40))
	w.startAll()
	m := w.nodes[4]
	w.until(10_000, "all may issue", func() bool {
		for _, m := range w.nodes {
			if !m.engine.Overview().MayIssue {
				return false
			}
		}
		return true
	})
	w.payEvery(m, dag.Account{9}, 100, 500)
	for n := 5; n < 8; n++ { // three gateways go to sleep
		w.nodes[n].stop()
	}
	old := m.disk.Clone()
	for m.engine.Network().Epoch < 2 {
		w.payEvery(m, dag.Account{9}, 100, 500)
	}
	w.payEvery(m, dag.Account{9}, 100, 800) // its events of epoch 2
	if m.engine.Network().Epoch != 2 {
		t.Fatal(m.engine.Network().Epoch)
	}
	m.stop()
	m.disk = old
	w.blocked = func(a, b int) bool { return (a < 4) != (b < 4) }
	w.dirty = true
	m.start()
	for n := 5; n < 8; n++ {
		w.nodes[n].start()
	}
	w.run(5000)
	t.Log("may issue in epoch", m.engine.Network().Epoch, m.engine.Overview().MayIssue)
	w.blocked, w.dirty = nil, true
	m.step(engine.AddDevice{Name: "d", Key: deviceKey(0)})
	for n := range 400 {
		w.run(10)
		m.step(engine.Transfer{Ticket: engine.Ticket(5000 + n), To: dag.Account{9}, Amount: 1})
	}
	w.run(10_000)
	for _, m := range w.nodes[:4] { // what the others saw; in the first epoch, which is over, it may have forked for itself
		for _, n := range m.notices {
			if f, ok := n.(engine.Forked); ok {
				t.Fatalf("node %d saw key %s fork", m.number, f.Key)
			}
		}
	}
}

// what a gateway that loaded a snapshot says about what it issued before.
func TestOwnEventsAfterASnapshot(t *testing.T) {
	w := newWorldWith(t, 1, 4, 3, shortEpochs(40))
	for _, m := range w.nodes {
		m.policy.Keep = 5_000
	}
	w.startAll()
	payer, away, payee := w.nodes[4], w.nodes[5], dag.Account{9}
	w.until(10_000, "both may issue", func() bool {
		return payer.engine.Overview().MayIssue && away.engine.Overview().MayIssue
	})
	away.step(engine.Transfer{Ticket: 6, To: payee, Amount: 5})
	w.run(3000)
	if _, err := away.engine.ProveEvent(away.replies[6].Event); err != nil {
		t.Fatal(err)
	}
	w.payEvery(payer, payee, 100, 2000)
	away.step(engine.Transfer{Ticket: 7, To: dag.Account{8}, Amount: 5})
	w.run(40) // it leaves, and the answer does not come back
	away.stop()
	w.payEvery(payer, payee, 100, 30_000)
	account, _ := payer.engine.State().Account(dag.Account{8})
	if account.Balance != 5 {
		t.Fatal("the transfer was not heard")
	}
	away.start()
	w.run(5000)
	away.install(payer)
	w.payEvery(payer, payee, 100, 3_000)
	w.sameState(30_000)
	info, err := away.engine.Event(away.replies[7].Event)
	if err != nil || info.State == engine.StateVoid {
		t.Errorf("a transfer that took effect is said to be %q: %s, %v", info.State, info.Why, err)
	}
	w.until(20_000, "the newest checkpoint", func() bool { o := away.engine.Overview(); return o.Signed == o.LogSize })
	if _, err := away.engine.ProveEvent(away.replies[6].Event); err != nil {
		t.Errorf("an event that was provable before is not any more: %v", err)
	}
}
