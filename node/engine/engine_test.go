package engine_test

import (
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
)

func TestReadingBecomesFinalAndProvable(t *testing.T) {
	for _, members := range []int{1, 2, 4, 7} {
		w := newWorld(t, 1, members, 0)
		w.startAll()
		w.run(1000)
		m := w.nodes[0]
		m.step(engine.AddDevice{Ticket: 1, Name: "attic", Key: deviceKey(0)})
		for seq := uint64(1); seq <= 3; seq++ {
			m.read(0, seq, engine.Ticket(10+seq))
			if r := m.replies[engine.Ticket(10+seq)]; r.Refusal != nil {
				t.Fatal(r.Refusal)
			}
		}
		w.until(10_000, "3 readings final and provable", func() bool {
			_, err := m.engine.ProveReading(deviceKey(0), 3)
			return m.engine.Totals().Final == 3 && err == nil
		})
		file, err := m.engine.ProveReading(deviceKey(0), 2)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := proof.Verify(file, w.network.Cosigners); err != nil {
			t.Fatalf("%d members: %v", members, err)
		}
		w.checkAgreement()
	}
}

func TestSilentWhenIdle(t *testing.T) {
	w := newWorld(t, 2, 4, 1)
	w.startAll()
	w.run(2000)
	w.nodes[1].step(engine.Transfer{Ticket: 1, To: w.nodes[2].self.Account, Amount: 5})
	w.until(10_000, "transfer final everywhere", func() bool {
		for _, m := range w.nodes {
			if a, _ := m.engine.State().Account(w.nodes[2].self.Account); a.Balance != 1005 {
				return false
			}
		}
		return true
	})
	w.run(5000)
	before := w.nodes[0].engine.Overview().Events
	w.run(60_000)
	if after := w.nodes[0].engine.Overview().Events; after != before {
		t.Fatalf("%d events were issued in a minute without work", after-before)
	}
	for _, m := range w.nodes {
		if h := m.engine.Health(w.now); !h.InSync {
			t.Errorf("node %d is not in sync: %s", m.number, h.Why)
		}
	}
}

func TestDoubleSpendTakesEffectOnce(t *testing.T) {
	w := newWorld(t, 3, 4, 0)
	w.startAll()
	w.run(1000)
	thief := dag.NewSigner(seedOf('e', 3))
	spend := func(to int, approve []dag.ID, prev dag.ID, seq uint64) dag.Verified {
		body, err := ledger.Transfer{To: w.nodes[to].self.Account, Amount: 800, Sequence: 1}.Encode()
		if err != nil {
			t.Fatal(err)
		}
		v, err := dag.Fields{
			Network: w.network.ID, Key: thief.Key(), Account: dag.AccountOf(thief.Key()), Seq: seq, Prev: prev, Approves: approve,
			Time: w.now, Epoch: 1, Round: 1, Kind: ledger.KindTransfer, Body: body,
		}.Sign(thief)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	w.nodes[3].stop()
	roots := []dag.ID{dag.FirstOrigin(w.network.ID).Root(0), dag.FirstOrigin(w.network.ID).Root(1)}
	first := spend(0, roots, dag.ID{}, 1)
	second := spend(1, roots, first.ID(), 2)
	w.nodes[0].step(engine.Gossip{From: "2", Events: []dag.Verified{first}})
	w.nodes[1].step(engine.Gossip{From: "2", Events: []dag.Verified{first, second}})
	receipt := func(m *machine, id dag.ID) *ledger.Receipt {
		info, err := m.engine.Event(id)
		if err != nil {
			return nil
		}
		return info.Receipt
	}
	w.until(20_000, "both spends final on three nodes", func() bool {
		for _, m := range w.nodes[:3] {
			if receipt(m, first.ID()) == nil || receipt(m, second.ID()) == nil {
				return false
			}
		}
		return true
	})
	for _, m := range w.nodes[:3] {
		a, b := receipt(m, first.ID()), receipt(m, second.ID())
		if a.Status != ledger.StatusApplied || b.Status != ledger.StatusSequenceTaken || b.BeatenBy != first.ID() {
			t.Fatalf("node %d: %+v, %+v", m.number, a, b)
		}
	}
	w.checkAgreement()
}

func TestKilledGatewayComesBackWithoutLoss(t *testing.T) {
	w := newWorld(t, 4, 4, 1)
	w.startAll()
	w.run(1000)
	m := w.nodes[4]
	m.step(engine.AddDevice{Ticket: 1, Name: "roof", Key: deviceKey(1)})
	acknowledged := uint64(0)
	for seq := uint64(1); seq <= 57; seq++ {
		m.read(1, seq, engine.Ticket(100+seq))
		if r, ok := m.replies[engine.Ticket(100+seq)]; !ok || r.Refusal != nil {
			t.Fatalf("reading %d: %+v", seq, r)
		}
		acknowledged = seq
		w.run(20)
		if seq%19 == 0 {
			m.stop()
			w.run(300)
			m.start()
		}
	}
	w.until(20_000, "all acknowledged readings final", func() bool { return m.engine.Totals().Final == acknowledged })
	for seq := uint64(1); seq <= acknowledged; seq++ {
		w.until(5000, "reading provable", func() bool { _, err := m.engine.ProveReading(deviceKey(1), seq); return err == nil })
	}
	w.checkAgreement()
}

func TestOldDiskDoesNotForkTheChain(t *testing.T) {
	w := newWorld(t, 5, 4, 0)
	w.startAll()
	w.run(1000)
	m := w.nodes[0]
	m.step(engine.Transfer{Ticket: 1, To: w.nodes[1].self.Account, Amount: 1})
	w.run(3000)
	old := m.disk.Clone()
	for n := range engine.Ticket(5) {
		m.step(engine.Transfer{Ticket: 2 + n, To: w.nodes[1].self.Account, Amount: 1})
		w.run(1000)
	}
	m.stop()
	m.disk = old
	m.start()
	m.step(engine.Transfer{Ticket: 50, To: w.nodes[1].self.Account, Amount: 1}) // before any peer has answered
	if m.replies[50].Refusal == nil {
		t.Fatal("issued an event on an old disk before the peers told how far its chain goes")
	}
	w.run(3000)
	m.step(engine.Transfer{Ticket: 51, To: w.nodes[1].self.Account, Amount: 1})
	if r := m.replies[51]; r.Refusal != nil {
		t.Fatal(r.Refusal)
	}
	w.until(10_000, "the transfer after the restore is final", func() bool {
		a, _ := w.nodes[2].engine.State().Account(w.nodes[1].self.Account)
		return a.Balance == 1007
	})
	for _, other := range w.nodes {
		if other.engine.Health(w.now).InSync == false {
			t.Error(other.engine.Health(w.now).Why)
		}
		for _, n := range other.notices {
			if f, ok := n.(engine.Forked); ok {
				t.Fatalf("node %d saw key %s fork", other.number, f.Key)
			}
		}
	}
}

func TestPartitionHeals(t *testing.T) {
	w := newWorld(t, 6, 4, 2)
	w.startAll()
	w.run(1000)
	w.blocked = func(a, b int) bool { return a%2 != b%2 }
	w.reconnect()
	for n := range engine.Ticket(20) {
		w.nodes[n%6].step(engine.Transfer{Ticket: 1 + n, To: w.nodes[(n+1)%6].self.Account, Amount: 1})
		w.run(500)
	}
	commits := w.nodes[0].engine.Overview().Commits
	w.blocked = nil
	w.reconnect()
	w.until(30_000, "everything final after the heal", func() bool {
		for _, m := range w.nodes {
			if o := m.engine.Overview(); o.Open != 0 || o.Commits <= commits {
				return false
			}
		}
		return true
	})
	w.run(5000)
	w.checkAgreement()
	for _, m := range w.nodes {
		if m.engine.State().Root() != w.nodes[0].engine.State().Root() {
			t.Fatalf("node %d has another state", m.number)
		}
	}
}
