package engine_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/node/engine"
)

// A peer that asks in a loop is answered at a bounded rate, and told of once a minute.
func TestRequestsHaveAnAllowance(t *testing.T) {
	w := newWorld(t, 1, 2, 0)
	w.startAll()
	w.run(1000)
	m := w.nodes[0]
	answers, told := 0, 0
	ask := func() {
		var out engine.Effects
		if err := m.engine.Step(w.now, engine.Sync{From: "1", Message: &dag.Missing{Epoch: 1, Mask: 1}}, &out); err != nil {
			t.Fatal(err)
		}
		for _, s := range out.Sends {
			if _, ok := s.Message.(*dag.Inform); ok {
				answers++
			}
		}
		for _, n := range out.Notices {
			if _, ok := n.(engine.Throttled); ok {
				told++
			}
		}
	}
	for range 10_000 { // 10 s
		w.now++
		ask()
	}
	if answers < 300 || answers > 64+10*32+1 || told != 1 {
		t.Fatalf("%d answers and %d notices in 10 s", answers, told)
	}
	w.now += 60_000
	answers = 0
	for range 1000 {
		ask()
	}
	if answers != 64 || told != 2 {
		t.Fatalf("%d answers at once after a minute, %d notices", answers, told)
	}
}

// The data of one network is not taken for that of another.
func TestDataOfAnotherNetwork(t *testing.T) {
	w, other := newWorld(t, 1, 1, 0), newWorld(t, 1, 1, 0)
	other.network.ID = dag.NetworkID{9}
	other.network.Cosigners.Network = other.network.ID
	w.startAll()
	m := other.nodes[0]
	m.self.Random = rand.New(rand.NewPCG(1, 1))
	_, err := engine.New(engine.Config{Network: other.network, Self: m.self, Policy: m.policy}, w.nodes[0].disk, w.now)
	if !errors.Is(err, engine.ErrOtherNetwork) {
		t.Fatal(err)
	}
}

// A device that is removed and registered again at once is bound in the end.
func TestDeviceRegisteredAgainIsBound(t *testing.T) {
	w := newWorld(t, 1, 4, 0)
	w.startAll()
	w.run(1000)
	m := w.nodes[0]
	bound := func() bool {
		b, ok := ledger.DeviceGateway(m.engine.State(), deviceKey(0))
		return ok && b.Account == m.self.Account
	}
	m.step(engine.AddDevice{Name: "attic", Key: deviceKey(0)})
	w.until(10_000, "the device is bound", bound)
	m.step(engine.RemoveDevice{Device: "attic"})
	m.step(engine.AddDevice{Name: "attic", Key: deviceKey(0)})
	w.run(10_000)
	if !bound() {
		t.Fatal("the ledger does not bind a device that is registered")
	}
}
