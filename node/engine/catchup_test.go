package engine_test

import (
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/store/memstore"
)

// what a member signs that comes back over several epochs.
func TestSignaturesOfACatchUp(t *testing.T) {
	w := newWorldWith(t, 1, 4, 1, shortEpochs(20))
	w.startAll()
	payer, m := w.nodes[4], w.nodes[0]
	w.until(10_000, "may issue", func() bool { return payer.engine.Overview().MayIssue })
	w.payEvery(payer, dag.Account{9}, 100, 1000)
	m.stop()
	seals := map[uint64]uint64{}
	note := func() {
		if s, err := payer.engine.Snapshot(); err == nil {
			seals[s.Seal.Leaf.Epoch] = s.Seal.Head.Size
		}
	}
	for n := 0; n < 200; n++ {
		w.payEvery(payer, dag.Account{9}, 50, 50)
		note()
	}
	var signed []proof.Cosignature
	wakes, from := 0, w.now
	w.trace = func(x *machine, in engine.Input, out engine.Effects) {
		if x != m {
			return
		}
		if _, ok := in.(engine.Wake); ok {
			wakes++
		}
		for _, b := range out.Broadcasts {
			if b.Topic == engine.TopicCheckpoints {
				c, err := proof.DecodeCosignature(b.Data)
				if err != nil {
					t.Fatal(err)
				}
				signed = append(signed, c)
			}
		}
	}
	start := payer.engine.Network().Epoch
	m.start()
	for n := 0; n < 400; n++ {
		w.payEvery(payer, dag.Account{9}, 50, 50)
		note()
	}
	t.Logf("from epoch %d on; now %d; %d wakes in %d ms; seals %v", start, m.engine.Network().Epoch, wakes, w.now-from, seals)
	wrong := 0
	for _, c := range signed {
		end, ok := seals[c.Epoch]
		before := seals[c.Epoch-1]
		if c.Head.Size <= before || ok && c.Head.Size > end {
			wrong++
			t.Logf("epoch %d (%d to %d], signed %d", c.Epoch, before, end, c.Head.Size)
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d signatures are of another epoch's log than they say", wrong, len(signed))
	}
	for _, n := range payer.notices {
		if c, ok := n.(engine.Conflicting); ok {
			t.Errorf("%+v", c)
		}
	}
}

// a gateway that is restored from a backup without the ledger, whose newest payload nobody had heard of.
func TestRestoredPayloadIsIssuedAgain(t *testing.T) {
	w := newWorldWith(t, 1, 4, 2, shortEpochs(40))
	w.startAll()
	m, payer := w.nodes[5], w.nodes[4]
	w.until(10_000, "may issue", func() bool { return m.engine.Overview().MayIssue && payer.engine.Overview().MayIssue })
	for m.engine.Network().Epoch < 2 {
		w.payEvery(payer, dag.Account{9}, 100, 500)
	}
	w.until(10_000, "may issue", func() bool { return m.engine.Overview().MayIssue })
	w.blocked = func(a, b int) bool { return a == 5 || b == 5 }
	m.step(engine.Transfer{Ticket: 7, To: dag.Account{8}, Amount: 5})
	event, err := m.engine.Find(m.replies[7].Event)
	if err != nil || event == nil {
		t.Fatal(err, m.replies[7].Refusal)
	}
	m.stop()
	for payer.engine.Network().Epoch < 4 {
		w.payEvery(payer, dag.Account{9}, 100, 500)
	}
	m.disk = newDisk()
	m.disk.Put([]byte("w\x00\x00\x00\x00\x00\x00\x00\x05"), event.Block()) // as package archive fills a folder
	m.mark("restored", map[string]any{"at": w.now})
	w.blocked, w.dirty = nil, true
	m.start()
	w.run(500)
	if m.engine.Network().Epoch < 4 {
		m.install(payer)
	}
	w.payEvery(payer, dag.Account{9}, 100, 20_000)
	w.sameState(20_000)
	if a, _ := payer.engine.State().Account(dag.Account{8}); a.Balance != 5 {
		info, err := m.engine.Event(m.replies[7].Event)
		t.Errorf("the payment that was taken never arrives: %s, successor %s, %v", info.State, info.Successor, err)
	}
}

func newDisk() *memstore.Memory { return memstore.New() }

// the same with crashes in the middle of everything, and the node's own anchors.
func TestRestartAtAnyMomentOfManyEpochs(t *testing.T) {
	for seed := range uint64(6) {
		w := newWorldWith(t, seed, 4, 2, shortEpochs(12))
		for n := range w.nodes {
			w.nodes[n].policy.Keep = 800
			w.nodes[n].self.Cosigner = dag.NewSigner(seedOf('c', n))
		}
		w.startAll()
		m := w.nodes[5]
		w.until(10_000, "may issue", func() bool { return m.engine.Overview().MayIssue })
		m.step(engine.AddDevice{Name: "d", Key: deviceKey(0)})
		w.crash = func(x *machine) bool { return x == m && w.random.Float64() < 0.01 }
		for range 150 {
			if !m.up {
				m.start()
			}
			if m.up {
				if ds := m.engine.Devices(); len(ds) > 0 {
					m.read(0, ds[0].LastSeq+1, 0)
				}
			}
			w.payEvery(w.nodes[0], dag.Account{9}, 100, 100)
		}
		w.crash = nil
		if !m.up {
			m.start()
		}
		w.run(3000)
		w.sameState(40_000)
		o := m.engine.Overview()
		batches, err := m.engine.Batches(1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range batches {
			if b.Status == 0 {
				t.Errorf("seed %d: batch %d has no receipt (event %x)", seed, b.Number, b.Event)
			}
		}
		t.Logf("seed %d: %d batches, pending %d, epoch %d", seed, len(batches), o.Pending, o.Epoch)
		w.until(20_000, "the newest checkpoint", func() bool { o := m.engine.Overview(); return o.Signed == o.LogSize })
		for _, b := range batches {
			if _, err := m.engine.ProveEvent(dag.ID(b.Event)); err != nil {
				t.Errorf("seed %d: batch %d: %v", seed, b.Number, err)
			}
		}
	}
}

// the network decides on another clock drift.
func TestClockDriftFollowsTheVote(t *testing.T) {
	w := newWorld(t, 1, 4, 0)
	w.startAll()
	w.resolve(4, governance.Action{Verb: governance.VerbParameter, Name: "clock_drift_ms", Value: 3_600_000})
	m := w.nodes[0]
	w.until(20_000, "it holds", func() bool { return m.engine.Network().MaxDrift == 3_600_000 })
	m.step(engine.AddDevice{Name: "d", Key: deviceKey(0)})
	now := w.now
	w.now += 1_800_000
	raw := signReading(t, w.now, 1)
	w.now = now
	m.step(engine.Reading{Ticket: 9, Reading: raw})
	if r := m.replies[9].Refusal; r != nil {
		t.Errorf("a reading that is ahead by half of what is allowed: %v", r)
	}
}

func signReading(t *testing.T, at, seq uint64) reading.Verified {
	raw, err := reading.Sign(dag.NewSigner(seedOf('d', 0)), reading.Message{Time: at, Seq: seq, Sensor: "temperature", Value: 20, Unit: "Cel"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := reading.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	v, err := reading.Verify(r)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
