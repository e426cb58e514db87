package engine_test

import (
	"testing"

	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
)

// TestSoleSeatOnAnOldDiskDoesNotFork: the only committee member of a network with gateways asks one of these before it issues.
func TestSoleSeatOnAnOldDiskDoesNotFork(t *testing.T) {
	w := newWorld(t, 21, 1, 2)
	w.startAll()
	w.run(2000)
	hub := w.nodes[0]
	hub.step(engine.Transfer{Ticket: 1, To: w.nodes[1].self.Account, Amount: 1})
	w.run(2000)
	old := hub.disk.Clone()
	for n := range engine.Ticket(4) {
		hub.step(engine.Transfer{Ticket: 2 + n, To: w.nodes[1].self.Account, Amount: 1})
		w.run(500)
	}
	hub.stop()
	hub.disk = old
	hub.start()
	hub.step(engine.AddDevice{Ticket: 60, Name: "late", Key: deviceKey(3)}) // queues an event
	w.run(10_000)
	for _, m := range w.nodes {
		for _, n := range m.notices {
			if f, ok := n.(engine.Forked); ok {
				t.Fatalf("node %d saw key %s fork", m.number, f.Key)
			}
		}
		if h := m.engine.Health(w.now); !h.InSync {
			t.Errorf("node %d: %s", m.number, h.Why)
		}
	}
	for _, gateway := range w.nodes[1:] {
		gateway.stop()
	}
	hub.step(engine.Transfer{Ticket: 70, To: w.nodes[1].self.Account, Amount: 1})
	if r := hub.replies[70]; r.Refusal != nil {
		t.Fatalf("the sole seat waits for gateways that it does not need: %v", r.Refusal)
	}
}

// TestToldOneAfterTheOther: members count that were connected at any time since the start.
func TestToldOneAfterTheOther(t *testing.T) {
	w := newWorld(t, 22, 7, 1)
	w.startAll()
	w.run(2000)
	late := w.nodes[7]
	late.stop()
	allowed := 0
	w.blocked = func(a, b int) bool { return a == 7 && b != allowed || b == 7 && a != allowed }
	late.start()
	for allowed = range 3 {
		w.reconnect()
		w.run(3000)
	}
	late.step(engine.Transfer{Ticket: 1, To: w.nodes[0].self.Account, Amount: 1})
	if r := late.replies[1]; r.Refusal != nil {
		t.Fatal(r.Refusal)
	}
}

// TestGatewayBesideTheCommittee: one that is connected to other gateways only may issue when several of them have told it all.
func TestGatewayBesideTheCommittee(t *testing.T) {
	w := newWorld(t, 23, 4, 4)
	w.blocked = func(a, b int) bool { return a == 7 && b < 4 || b == 7 && a < 4 }
	w.startAll()
	w.run(3000)
	w.nodes[7].step(engine.Transfer{Ticket: 1, To: w.nodes[0].self.Account, Amount: 1})
	if r := w.nodes[7].replies[1]; r.Refusal != nil {
		t.Fatal(r.Refusal)
	}
	w.until(20_000, "the transfer is final where it was issued", func() bool {
		info, err := w.nodes[7].engine.Event(w.nodes[7].replies[1].Event)
		return err == nil && info.Receipt != nil
	})
}

// TestAnotherSignedOrderIsNoticed gives a node a checkpoint that a quorum signed over another log.
func TestAnotherSignedOrderIsNoticed(t *testing.T) {
	w := newWorld(t, 24, 4, 0)
	w.startAll()
	w.run(1000)
	w.nodes[0].step(engine.Transfer{Ticket: 1, To: w.nodes[1].self.Account, Amount: 1})
	w.run(5000)
	m := w.nodes[0]
	head := proof.TreeHead{Size: m.engine.Overview().Signed, Root: proof.Hash{1}}
	if head.Size == 0 {
		t.Fatal("nothing was signed")
	}
	w.nodes[1].step(engine.Transfer{Ticket: 2, To: w.nodes[2].self.Account, Amount: 1})
	w.until(5000, "the log grows", func() bool { return m.engine.Overview().LogSize > head.Size })
	head.Size = m.engine.Overview().LogSize
	for n := range 4 {
		c, err := proof.Cosign(w.nodes[n].self.Cosigner, w.network.Cosigners, proof.TreeHead{}, head, w.now)
		if err != nil {
			t.Fatal(err)
		}
		m.step(engine.Cosigned{Cosignature: c})
	}
	if h := m.engine.Health(w.now); h.InSync {
		t.Fatal("the node says that it is in sync with a network that signed another order")
	}
}
