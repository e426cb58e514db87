package sweep

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/ledgerofthings/lot/sim/report"
	"github.com/ledgerofthings/lot/sim/scenario"
)

// Runner carries out a scenario, telling how far it is in virtual time. When ctx ends it returns what was measured until then, or an
// error. The result has the version of the program and what the machine did.
type Runner func(ctx context.Context, s *scenario.Scenario, progress func(now, until uint64)) (*report.Result, error)

// Options are how a sweep is run.
type Options struct {
	Runner   Runner
	Parallel int            // runs side by side; 1 if less
	Progress func(Progress) // told of every step of every run; calls do not overlap; may be nil
}

// Progress is how far a sweep is.
type Progress struct {
	Jobs   int // of the plan
	Kept   int // of these, those that were complete before
	Done   int // those that are complete, with the kept ones
	Broken int // of those done now, how many broke an invariant
	// Work and Total are in the seconds that runs are estimated to take, without the runs that were kept.
	Work, Total float64
}

// Run runs the jobs of a plan that are not complete in its folder. When ctx ends, what is complete stays and the error is the
// context's cause; a run that was under way is left out. Other errors are ErrOther, report.ErrForeign, report.ErrFull, those of the Runner with the
// cell and the seed, or of the disk; the first one ends the sweep.
func (p *Plan) Run(ctx context.Context, dir string, options Options) (Progress, error) {
	if err := p.record().claim(dir); err != nil {
		return Progress{}, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	workers := max(1, options.Parallel)
	r := &running{Plan: p, Options: options, dir: dir, stop: cancel, parts: make([]float64, workers)}
	if err := r.skip(); err != nil {
		return r.progress, err
	}
	r.tell()
	var group sync.WaitGroup
	for n := range workers {
		group.Go(func() { r.work(ctx, n) })
	}
	group.Wait()
	if r.progress.Done == r.progress.Jobs {
		return r.progress, nil
	}
	return r.progress, context.Cause(ctx)
}

// running is a sweep under way.
type running struct {
	*Plan
	Options
	dir  string
	stop context.CancelCauseFunc

	mu       sync.Mutex
	open     []Job     // that nobody has begun
	parts    []float64 // by worker, the estimated seconds of its run that are done
	finished float64   // the same of runs that are complete
	progress Progress
}

// skip leaves out what is complete.
func (r *running) skip() error {
	weights := make([]float64, len(r.Cells))
	for n := range r.Cells {
		weights[n] = r.weight(Job{Cell: n})
	}
	for _, j := range r.Jobs {
		k, err := r.find(r.dir, j)
		if err != nil {
			return err
		}
		r.progress.Jobs++
		if k != nil {
			r.progress.Kept++
			r.progress.Done++
			continue
		}
		r.open = append(r.open, j)
		r.progress.Total += weights[j.Cell]
	}
	return nil
}

// weight returns how many seconds a job is estimated to take.
func (r *running) weight(j Job) float64 { return r.Cells[j.Cell].Scenario.Estimate().Seconds }

// work runs jobs until there is none left.
func (r *running) work(ctx context.Context, worker int) {
	for {
		j, ok := r.take(ctx)
		if !ok {
			return
		}
		if err := r.run(ctx, worker, j); err != nil {
			r.stop(fmt.Errorf("cell %s, seed %d: %w", r.Cells[j.Cell].Name, j.Seed, err))
			return
		}
	}
}

func (r *running) take(ctx context.Context) (Job, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ctx.Err() != nil || len(r.open) == 0 {
		return Job{}, false
	}
	j := r.open[0]
	r.open = r.open[1:]
	return j, true
}

// run runs one job. A run that ctx has cut short is not kept and no error.
func (r *running) run(ctx context.Context, worker int, j Job) error {
	weight := r.weight(j)
	result, err := r.Runner(ctx, r.Scenario(j), func(now, until uint64) { r.step(worker, weight*float64(now)/float64(max(1, until))) })
	switch {
	case ctx.Err() != nil && (err != nil || result.Until < result.Asked):
		return nil //nolint:nilerr // said of the sweep, not of this run
	case err != nil:
		return err
	}
	if err := report.Write(filepath.Join(r.dir, r.Folder(j)), result); err != nil {
		return err
	}
	r.finish(worker, weight, len(result.Findings) > 0)
	return nil
}

// step notes how far a worker's run is.
func (r *running) step(worker int, done float64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.parts[worker] = done
	r.tell()
}

// finish notes that a worker's run is complete.
func (r *running) finish(worker int, weight float64, broken bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.parts[worker] = 0
	r.finished += weight
	r.progress.Done++
	if broken {
		r.progress.Broken++
	}
	r.tell()
}

func (r *running) tell() {
	r.progress.Work = r.finished
	for _, part := range r.parts {
		r.progress.Work += part
	}
	if r.Progress != nil {
		r.Progress(r.progress)
	}
}
