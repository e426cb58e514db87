package engine_test

import (
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
)

// sink is storage that forgets: what is left is the engine's own work.
type sink struct{}

func (sink) Get([]byte) ([]byte, error)                             { return nil, nil }
func (sink) Put(_, _ []byte)                                        {}
func (sink) Delete([]byte)                                          {}
func (sink) Scan(_, _ []byte, _ func(key, value []byte) bool) error { return nil }
func (sink) PutBlob([32]byte, []byte) error                         { return nil }
func (sink) GetBlob([32]byte) ([]byte, error)                       { return nil, nil }

// cityStream returns the events of a committee of 7 and of gateways that pay each other, in the order in which the first
// member attached them.
func cityStream(b *testing.B, events int) (*world, []dag.Verified) {
	const members, gateways = 7, 8
	w := newWorld(b, 3, members, gateways)
	w.startAll()
	w.run(1000)
	for m := w.nodes[0]; m.engine.Overview().Events < events; w.run(50) {
		from := w.nodes[w.random.IntN(len(w.nodes))]
		from.step(engine.Transfer{To: w.nodes[w.random.IntN(len(w.nodes))].self.Account, Amount: 1})
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

func inUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func BenchmarkSharedStep(b *testing.B) {
	w, events := cityStream(b, 3000)
	const nodes = 1000
	self := w.nodes[len(w.nodes)-1].self
	self.Random = rand.New(rand.NewPCG(1, 1))
	var rest, perEvent float64
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		before := inUse()
		shared, err := engine.NewShared(&w.network)
		if err != nil {
			b.Fatal(err)
		}
		engines := make([]*engine.Engine, nodes)
		for n := range engines {
			if engines[n], err = engine.New(engine.Config{Network: w.network, Self: self, Policy: engine.DefaultPolicy, Shared: shared, Mute: engine.Mute{Attached: true, Final: true, Committed: true}}, sink{}, w.now); err != nil {
				b.Fatal(err)
			}
		}
		made := inUse()
		rest = float64(made-before) / nodes
		b.StartTimer()
		var out engine.Effects
		gossip := engine.Gossip{From: "1", Events: make([]dag.Verified, 1)}
		for n, v := range events {
			gossip.Events[0] = v
			var in engine.Input = gossip
			for _, e := range engines {
				out.Reset()
				if err := e.Step(w.now+uint64(n), in, &out); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.StopTimer()
		perEvent = float64(inUse()-made) / float64(nodes*len(events))
		if o := engines[nodes-1].Overview(); o.Ordered < len(events)/2 {
			b.Fatalf("only %d of %d events are ordered", o.Ordered, len(events))
		}
		runtime.KeepAlive(engines)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*nodes*len(events)), "ns/step")
	b.ReportMetric(rest, "B/engine")
	b.ReportMetric(perEvent, "B/event")
}
