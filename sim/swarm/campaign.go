package swarm

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/ledgerofthings/lot/sim/invariant"
	"github.com/ledgerofthings/lot/sim/scenario"
)

// Campaign is a number of seeds to run.
type Campaign struct {
	From     uint64   // the first seed
	Count    uint64   // how many, in rising order; 0 for as many as there is time for
	Attacks  []string // the kinds of attacks to draw from
	Runner   Runner
	Again    Runner // for the second run of each seed, such as one with another number of shards; nil for Runner
	Parallel int    // seeds that are run side by side; 1 if less
	All      bool   // go on after a finding
	Shrink   int    // runs to spend on shrinking each scenario that failed; 0 not to shrink
	// Progress is told after each seed, and after each step that made a failed scenario smaller; it may be nil. Calls do not
	// overlap.
	Progress func(Progress)
}

// Progress is how far a campaign is.
type Progress struct {
	Seed     uint64 // that is done, or is being shrunk
	Done     uint64 // seeds
	Count    uint64 // of so many; 0 if it goes on until it is stopped
	Failures int
	Shrunk   *Shrunk // how far shrinking the seed's scenario is; nil if the seed was run
}

// Report is what a campaign came to.
type Report struct {
	From     uint64
	Done     uint64    // seeds that were run to their end, twice
	Failures []Failure // by rising seed
}

// Failure is a seed at which something is wrong.
type Failure struct {
	Seed     uint64
	Scenario *scenario.Scenario // of the seed
	Findings []invariant.Finding
	Hash     string
	Trace    string  // the stack, if the run ended in a panic
	Shrunk   *Shrunk // nil if it was not asked for
}

// Command returns the command that repeats the failure.
func (f *Failure) Command() string { return fmt.Sprintf("lot sim swarm --from %d --count 1", f.Seed) }

// Run runs the campaign's seeds. It ends with the first seed at which something is found, whatever the number of seeds that are
// run side by side, or with the last one. If the context is done first, it returns what there is so far and the context's cause.
func (c Campaign) Run(ctx context.Context) (Report, error) {
	if c.Runner == nil {
		return Report{}, errNoRunner
	}
	if c.Again == nil {
		c.Again = c.Runner
	}
	r := &running{Campaign: c, next: c.From, last: c.From + c.Count - 1}
	if c.Count == 0 || r.last < c.From {
		r.last = ^uint64(0)
	}
	var workers sync.WaitGroup
	for range max(1, c.Parallel) {
		workers.Go(func() { r.work(ctx) })
	}
	workers.Wait()
	report := Report{From: c.From, Done: r.done, Failures: r.failures}
	slices.SortFunc(report.Failures, func(a, b Failure) int { return cmp.Compare(a.Seed, b.Seed) })
	if !c.All && len(report.Failures) > 1 {
		report.Failures = report.Failures[:1]
	}
	err := r.shrink(ctx, report.Failures)
	return report, cmp.Or(r.err, err)
}

// running is a campaign under way.
type running struct {
	Campaign
	last uint64

	mu       sync.Mutex
	next     uint64 // seed
	over     bool   // no further seed is begun
	done     uint64
	failures []Failure
	err      error
}

// work runs seeds until there is none left.
func (r *running) work(ctx context.Context) {
	for {
		seed, ok := r.take(ctx)
		if !ok {
			return
		}
		s := Generate(seed, r.Attacks)
		o, err := runTwice(ctx, s, r.Runner, r.Again)
		r.finish(seed, s, o, err)
	}
}

// take returns the next seed to run. Seeds are begun in rising order, so when one has failed all lower ones have begun, and
// those that are under way are finished: the lowest that fails is always found.
func (r *running) take(ctx context.Context) (seed uint64, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return 0, false
	}
	if ctx.Err() != nil {
		r.over, r.err = true, context.Cause(ctx)
		return 0, false
	}
	seed = r.next
	r.next++
	r.over = seed == r.last
	return seed, true
}

// finish notes what a seed came to.
func (r *running) finish(seed uint64, s *scenario.Scenario, o outcome, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.over, r.err = true, err
		return
	}
	r.done++
	if len(o.findings) > 0 {
		r.failures = append(r.failures, Failure{Seed: seed, Scenario: s, Findings: o.findings, Hash: o.hash, Trace: o.trace})
		r.over = r.over || !r.All
	}
	r.tell(Progress{Seed: seed, Done: r.done, Count: r.Count, Failures: len(r.failures)})
}

func (r *running) tell(p Progress) {
	if r.Progress != nil {
		r.Progress(p)
	}
}

// shrink makes the scenarios that failed small, one after the other. One that is under way when the context is done is kept
// as small as it is.
func (r *running) shrink(ctx context.Context, failures []Failure) error {
	if r.Shrink == 0 {
		return nil
	}
	for n := range failures {
		f := &failures[n]
		shrunk, err := Shrink(ctx, f.Scenario, f.Findings[0], Shrinking{
			Runner: r.Runner, Again: r.Again, Runs: r.Shrink,
			Progress: func(so Shrunk) {
				r.tell(Progress{Seed: f.Seed, Done: r.done, Count: r.Count, Failures: len(failures), Shrunk: &so})
			},
		})
		f.Shrunk = &shrunk
		if err != nil {
			return err
		}
	}
	return nil
}
