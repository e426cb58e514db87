package engine_test

import (
	"fmt"
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

// crowd makes engines without a seat that share one Shared, or none.
func (w *world) crowd(b *testing.B, nodes int, share bool) []*engine.Engine {
	config := engine.Config{Network: w.network, Self: w.nodes[len(w.nodes)-1].self, Policy: engine.DefaultPolicy}
	config.Mute = engine.Mute{Attached: true, Final: true, Committed: true}
	config.Self.Random = rand.New(rand.NewPCG(1, 1))
	var err error
	if share {
		if config.Shared, err = engine.NewShared(&w.network); err != nil {
			b.Fatal(err)
		}
	}
	list := make([]*engine.Engine, nodes)
	for n := range list {
		if list[n], err = engine.New(config, sink{}, w.now); err != nil {
			b.Fatal(err)
		}
	}
	return list
}

// stepAll gives an input to all engines.
func stepAll(b *testing.B, engines []*engine.Engine, now uint64, in engine.Input, out *engine.Effects) {
	for _, e := range engines {
		out.Reset()
		if err := e.Step(now, in, out); err != nil {
			b.Fatal(err)
		}
	}
}

// inUse returns how many bytes of the heap are in use.
func inUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkSharedStep gives every event of a committee of 7 and its clients to engines without a seat, one after the other, as
// gossip does. The storage keeps nothing.
func BenchmarkSharedStep(b *testing.B) {
	w, events := cityStream(b, 3000)
	for _, c := range []struct {
		name  string
		nodes int
		share bool
	}{{"alone", 50, false}, {"shared", 1000, true}} {
		b.Run(c.name, func(b *testing.B) {
			var made, rest, connected, perEvent float64
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				before := inUse()
				engines := w.crowd(b, c.nodes, c.share)
				made = float64(inUse())
				rest = (made - float64(before)) / float64(c.nodes)
				var out engine.Effects
				for peer := range 8 {
					stepAll(b, engines, w.now, engine.PeerUp{Peer: fmt.Sprint(peer)}, &out)
				}
				out = engine.Effects{}
				connected = float64(inUse())
				in := &engine.Gossip{From: "1", Events: make([]dag.Verified, 1)}
				b.StartTimer()
				for n, v := range events {
					in.Events[0] = v
					stepAll(b, engines, w.now+uint64(n), in, &out)
				}
				b.StopTimer()
				perEvent = (float64(inUse()) - connected) / float64(c.nodes*len(events))
				connected = (connected - float64(before)) / float64(c.nodes)
				if o := engines[c.nodes-1].Overview(); o.Ordered < len(events)/2 {
					b.Fatalf("only %d of %d events are ordered", o.Ordered, len(events))
				}
				runtime.KeepAlive(engines)
				b.StartTimer()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*c.nodes*len(events)), "ns/step")
			b.ReportMetric(rest, "B/engine")
			b.ReportMetric(connected, "B/engine-8-peers")
			b.ReportMetric(perEvent, "B/event")
		})
	}
}

// BenchmarkSharedOffer lets engines with 8 peers compare their graphs with them, as each does every 3 s.
func BenchmarkSharedOffer(b *testing.B) {
	w, events := cityStream(b, 1000)
	engines := w.crowd(b, 100, true)
	var out engine.Effects
	stepAll(b, engines, w.now, engine.Gossip{From: "1", Events: events[:900]}, &out)
	for peer := range 8 {
		stepAll(b, engines, w.now, engine.PeerUp{Peer: fmt.Sprint(peer)}, &out)
	}
	b.ReportAllocs()
	for b.Loop() {
		w.now += 3000
		stepAll(b, engines, w.now, engine.Wake{}, &out)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(engines)), "ns/step")
}
