package engine_test

import (
	"math/rand/v2"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/store/memstore"
)

// recorded returns the events of a network of 4 members with a steady flow of transfers, in the order in which the first
// node attached them, and the world they come from.
func recorded(b *testing.B, events int) (*world, []dag.Verified) {
	w := newWorld(b, 1, 4, 1)
	w.startAll()
	w.run(1000)
	for m := w.nodes[0]; m.engine.Overview().Events < events; w.run(2) {
		from := w.nodes[w.random.IntN(4)]
		from.step(engine.Transfer{To: w.nodes[w.random.IntN(5)].self.Account, Amount: 1})
	}
	w.run(5000)
	var list []dag.Verified
	for _, line := range w.nodes[0].engine.ExportEvents(0, 1<<30) {
		info, err := w.nodes[0].engine.Event(line.ID)
		if err != nil {
			b.Fatal(err)
		}
		v, err := dag.Restore(info.Event.Block())
		if err != nil {
			b.Fatal(err)
		}
		list = append(list, v)
	}
	return w, list
}

// BenchmarkStep takes recorded events through a gateway without a seat, 64 in a step: attach, order, apply, log, and commit
// to a store in memory.
func BenchmarkStep(b *testing.B) {
	w, events := recorded(b, 5000)
	m := w.nodes[4]
	b.ReportAllocs()
	for b.Loop() {
		disk := memstore.New()
		m.self.Random = rand.New(rand.NewPCG(1, 1))
		e, err := engine.New(engine.Config{Network: w.network, Self: m.self, Policy: m.policy}, disk, w.now)
		if err != nil {
			b.Fatal(err)
		}
		var out engine.Effects
		for n := 0; n < len(events); n += 64 {
			out.Reset()
			in := engine.Gossip{From: "0", Events: events[n:min(n+64, len(events))]}
			if err := e.Step(w.now+uint64(n), in, &out); err != nil {
				b.Fatal(err)
			}
			if err := disk.Commit(); err != nil {
				b.Fatal(err)
			}
		}
		if e.Overview().Ordered == 0 {
			b.Fatal("nothing was ordered")
		}
	}
	b.ReportMetric(float64(b.N*len(events))/b.Elapsed().Seconds(), "events/s")
}
