package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/sim"
	"github.com/ledgerofthings/lot/sim/report"
	"github.com/ledgerofthings/lot/sim/scenario"
	"github.com/ledgerofthings/lot/sim/sweep"
)

// simSweep is one `lot sim sweep`.
type simSweep struct {
	chosenScenario
	seeds    sweep.Seeds
	out      string
	parallel int
	cell     string
	forceful bool
}

func (p *program) simSweepCommand() *cobra.Command {
	var o simSweep
	c := &cobra.Command{
		Use:   "sweep SCENARIO",
		Short: "Run every cell of a scenario's grid with many seeds",
		Long: "Run each combination of the values in a scenario's grid with each of several seeds, and write tables and a page over all of them.\n" +
			"Each run lies in its own folder below cells. What is complete is not run again, so a sweep that was interrupted goes on with the\n" +
			"same command, and more seeds add to those that are there.\n\n" +
			"--cell 3/16 does the third of sixteen parts, as an array job of a cluster does; `lot sim merge` joins the parts.",
		Args: wants("SCENARIO"),
	}
	o.flags(c)
	c.Flags().Uint64Var(&o.seeds.Count, "seeds", 20, "how many seeds each cell is run with")
	c.Flags().Uint64Var(&o.seeds.First, "first-seed", 1, "the first of them")
	c.Flags().StringVarP(&o.out, "out", "o", "", "`FOLDER` of the sweep")
	c.Flags().IntVar(&o.parallel, "parallel", 0, "runs side by side (default: as many as there are cores and memory for)")
	c.Flags().StringVar(&o.cell, "cell", "", "do one part of the runs only: `I/N`, from 1/N to N/N")
	c.Flags().BoolVar(&o.forceful, "force-memory", false, "run even if it does not fit into memory")
	c.RunE = func(c *cobra.Command, args []string) error {
		plan, part, err := o.plan(c, args[0])
		if err != nil {
			return err
		}
		if err := p.introduceSweep(&o, plan); err != nil {
			return err
		}
		return p.simSweep(c.Context(), &o, plan, part)
	}
	return c
}

// plan checks the command line and the scenario.
func (o *simSweep) plan(c *cobra.Command, name string) (*sweep.Plan, sweep.Part, error) {
	var part sweep.Part
	var err error
	switch {
	case o.out == "":
		return nil, part, usage(c, "missing: --out FOLDER")
	case o.parallel < 0 || o.parallel > maxParallel:
		return nil, part, usage(c, "--parallel %d: choose 1 to %d, or leave it out", o.parallel, maxParallel)
	case o.cell != "":
		if part, err = sweep.ParsePart(o.cell); err != nil {
			return nil, part, usage(c, "--cell: %v", err)
		}
	}
	s, err := o.open(c, name)
	if err != nil {
		return nil, part, err
	}
	plan, err := sweep.NewPlan(s, simVersion(), o.seeds)
	if errors.Is(err, sweep.ErrPlan) {
		return nil, part, usage(c, "%v", err)
	}
	if err != nil {
		return nil, part, inScenario(err)
	}
	plan.Only(part)
	return plan, part, nil
}

// introduceSweep says what to expect of a sweep, and chooses how many runs go side by side.
func (p *program) introduceSweep(o *simSweep, plan *sweep.Plan) error {
	said := map[string]bool{}
	largest := plan.Cells[0].Scenario
	for _, cell := range plan.Cells {
		for _, warning := range cell.Scenario.Warnings() {
			if !said[warning] {
				fmt.Fprintf(p.err, "Warning: %s: %s\n", cell.Name, safe(warning))
			}
			said[warning] = true
		}
		if cell.Scenario.Estimate().Memory > largest.Estimate().Memory {
			largest = cell.Scenario
		}
	}
	if o.parallel == 0 {
		o.parallel = sideBySide(largest)
	}
	total := 0.0
	for _, j := range plan.Jobs {
		total += plan.Cells[j.Cell].Scenario.Estimate().Seconds
	}
	fmt.Fprintf(p.err, "%d runs of %d cells, about %s on two cores; %d side by side, each with up to %s of memory.\n",
		len(plan.Jobs), len(plan.Cells), secondsText(total), o.parallel, sizeText(largest.Estimate().Memory))
	return p.fits(largest, 1, uint64(o.parallel), o.forceful)
}

// sideBySide returns how many runs of a scenario cores and memory suffice for.
func sideBySide(s *scenario.Scenario) int {
	count := runtime.GOMAXPROCS(0)
	if available, known := thisMachine.available(); known {
		count = int(min(uint64(count), available/max(1, s.Estimate().Memory)))
	}
	return max(1, count)
}

// simSweep runs a plan and writes the tables over it.
func (p *program) simSweep(ctx context.Context, o *simSweep, plan *sweep.Plan, part sweep.Part) error {
	defer p.collectLazily()()
	bar := p.bar()
	progress, err := plan.Run(ctx, o.out, sweep.Options{
		Parallel: o.parallel,
		Runner: func(ctx context.Context, s *scenario.Scenario, tell func(now, until uint64)) (*report.Result, error) {
			r, err := p.carryOut(ctx, s, sim.Options{Shards: 1, Progress: tell})
			if err == nil && o.parallel > 1 {
				r.Machine.CPU = 0 // runs in one process have it together
			}
			return r, err
		},
		Progress: func(now sweep.Progress) {
			bar.show(now.Work/max(now.Total, 1e-9), func(time.Duration) string {
				return fmt.Sprintf("%d of %d runs, %d broke an invariant", now.Done, now.Jobs, now.Broken)
			})
		},
	})
	bar.clear()
	if err != nil {
		if ctx.Err() != nil && progress.Jobs > 0 {
			return fail(exitInterrupted, "the same command goes on from there", "interrupted: %d of %d runs are complete in %s", progress.Done, progress.Jobs, o.out)
		}
		return stored(err)
	}
	if !part.Whole() {
		return p.print(fmt.Sprintf("Part %s is complete: %d runs in %s. `lot sim merge` joins the parts.\n", o.cell, progress.Done, safe(o.out)))
	}
	summary, err := sweep.WriteTables(o.out)
	if err != nil {
		return stored(err)
	}
	return p.sweepSummary(o.out, summary)
}

// sweepSummary prints what a sweep came to.
func (p *program) sweepSummary(dir string, s sweep.Summary) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d runs of %d cells", s.Name, s.Runs, s.Cells)
	if s.Least < s.Most {
		fmt.Fprintf(&b, ", %d to %d of each", s.Least, s.Most)
	}
	fmt.Fprintf(&b, ". Tables are in %s; the page is %s/%s\n", safe(dir), safe(dir), report.SweepPageName)
	brokenRuns(&b, s.Broken)
	if err := p.print(b.String()); err != nil {
		return err
	}
	if len(s.Broken) > 0 {
		return fail(exitFailure, "summary.txt and findings.csv in the folder of a run tell more", "in %d of %d runs an invariant was broken", len(s.Broken), s.Runs)
	}
	return nil
}

// mostBroken is how many broken runs are listed.
const mostBroken = 20

func brokenRuns(w io.Writer, broken []sweep.Broken) {
	for n, b := range broken {
		if n == mostBroken {
			fmt.Fprintf(w, "  and %d more\n", len(broken)-n)
			return
		}
		fmt.Fprintf(w, "  broken: %s (%d findings)\n", safe(b.Folder), b.Findings)
	}
}
