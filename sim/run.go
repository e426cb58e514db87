package sim

import (
	"context"
	"io"
	"runtime"

	"github.com/ledgerofthings/lot/sim/report"
	"github.com/ledgerofthings/lot/sim/scenario"
)

// Options are how a run is carried out. They do not change its outcome.
type Options struct {
	Shards   int                     // goroutines; 0 for one
	Progress func(now, until uint64) // told of the virtual time, in µs, after every window; may be nil
	Dump     io.Writer               // takes the graph, the committee and the order of one node as JSON lines when the run ends; may be nil
	DumpNode int                     // that node
}

func (o *Options) progress(now, until uint64) {
	if o.Progress != nil {
		o.Progress(now, until)
	}
}

// Run carries out a scenario and returns what it measured. If ctx ends before, it is what was measured until then, and Until is
// less than Asked. An error means that the scenario cannot be set up, or that the program broke one of its own rules.
func Run(ctx context.Context, s *scenario.Scenario, options Options) (*report.Result, error) {
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	w, err := newWorld(s, options)
	if err != nil {
		return nil, err
	}
	w.outcome.before = before.HeapAlloc
	if err := w.run(ctx); err != nil {
		return nil, err
	}
	if err := w.dump(); err != nil {
		return nil, err
	}
	r := w.result()
	r.Machine.PerNode, r.Machine.Shards = w.outcome.perNode, len(w.shards)
	return r, nil
}
