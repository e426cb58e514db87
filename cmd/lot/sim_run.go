package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/sim"
	"github.com/ledgerofthings/lot/sim/invariant"
	"github.com/ledgerofthings/lot/sim/report"
	"github.com/ledgerofthings/lot/sim/scenario"
)

// simRun is one `lot sim run`.
type simRun struct {
	chosenScenario
	seed             uint64
	out              string
	overwrite        bool
	shards           uint64
	dump             string
	dumpNode         int
	asJSON, forceful bool
}

func (p *program) simRunCommand() *cobra.Command {
	var o simRun
	c := &cobra.Command{
		Use:   "run SCENARIO",
		Short: "Run a scenario and write a folder with tables and a report",
		Long: "Run the scenario of a file, or one of those that come with Lot (`lot sim list`). What is wrong with it is said before anything runs,\n" +
			"and what it is estimated to take. The folder gets a manifest, tables as CSV and report.html, which opens without a network.\n\n" +
			"The exit code is 1 if an invariant was broken. Ctrl-C ends the run early and writes what was measured until then; a second one\n" +
			"ends it at once.",
		Args: wants("SCENARIO"),
	}
	o.flags(c)
	c.Flags().Var(wholeNumber{&o.seed, 0, scenario.MaxSeed}, "seed", "of all randomness (default: as the scenario says)")
	c.Flags().StringVarP(&o.out, "out", "o", "", "`FOLDER` to write (default: NAME-seedN in the current one)")
	c.Flags().BoolVar(&o.overwrite, "overwrite", false, "replace a run that is in the folder already, and the file of --dump-graph")
	c.Flags().Var(wholeNumber{&o.shards, 1, maxShards}, "shards", "how many cores work on it; the outcome does not depend on it (default: by the number of nodes)")
	c.Flags().StringVar(&o.dump, "dump-graph", "", "write one node's graph, committee and order to this `FILE` as JSON lines")
	c.Flags().IntVar(&o.dumpNode, "dump-node", 0, "that `NODE`'s number")
	c.Flags().BoolVar(&o.forceful, "force-memory", false, "run even if it does not fit into memory")
	jsonFlag(c, &o.asJSON)
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := o.prepare(c, args[0])
		if err != nil {
			return err
		}
		if len(s.Grid) > 0 {
			cells, err := s.Cells()
			if err != nil {
				return inScenario(err)
			}
			fmt.Fprintf(p.err, "The scenario has a grid of %d cells. This runs it without; `lot sim sweep %s` runs them all.\n", len(cells), safe(args[0]))
			s.Grid = nil
		}
		if err := p.introduce(s, p.cut(&o, s), o.forceful); err != nil {
			return err
		}
		return p.simRun(c.Context(), &o, s)
	}
	return c
}

// prepare checks all that can be checked before anything runs.
func (o *simRun) prepare(c *cobra.Command, name string) (*scenario.Scenario, error) {
	if c.Flags().Changed("out") && o.out == "" {
		return nil, usage(c, "--out: name a folder, or leave it out")
	}
	if o.dump == "-" {
		return nil, usage(c, "--dump-graph: name a file, as standard output has the summary")
	}
	if c.Flags().Changed("dump-node") && o.dump == "" {
		return nil, usage(c, "--dump-node goes with --dump-graph")
	}
	s, err := o.open(c, name)
	if err != nil {
		return nil, err
	}
	if c.Flags().Changed("seed") {
		s.Seed = o.seed
	}
	if o.dumpNode < 0 || o.dumpNode >= s.Network.Nodes {
		return nil, usage(c, "--dump-node %d: the scenario has nodes 0 to %d", o.dumpNode, s.Network.Nodes-1)
	}
	if o.out == "" {
		o.out = fmt.Sprintf("%s-seed%d", s.Name, s.Seed)
	}
	if err := o.checkDump(); err != nil {
		return nil, err
	}
	return s, o.checkOut()
}

// cut returns in how many shards the run goes, and says so if it is not what was asked for.
func (p *program) cut(o *simRun, s *scenario.Scenario) int {
	switch nodes := s.Network.Nodes; {
	case o.shards == 0:
		o.shards = uint64(shardsFor(s))
	case o.shards > uint64(nodes):
		fmt.Fprintf(p.err, "A shard has at least one node: it runs in %d shards instead of %d.\n", nodes, o.shards)
		o.shards = uint64(nodes)
	}
	return int(o.shards)
}

// checkDump refuses to replace a file that nobody said is to be replaced.
func (o *simRun) checkDump() error {
	if o.dump == "" || o.overwrite {
		return nil
	}
	if info, err := os.Stat(o.dump); err == nil && info.Mode().IsRegular() {
		return fail(exitFailure, "--overwrite replaces it, --dump-graph names another file", "%s is there already", o.dump)
	}
	return nil
}

// checkOut refuses a folder that cannot be written, before the run and not after it.
func (o *simRun) checkOut() error {
	if err := report.CheckFolder(o.out); err != nil {
		return stored(err)
	}
	m, err := report.ReadManifest(o.out)
	if err == nil && !m.Interrupted && !o.overwrite {
		return fail(exitFailure, "--overwrite replaces it, --out names another folder", "%s has a complete run: %s, seed %d", o.out, m.Name, m.Seed)
	}
	return nil
}

// simRun runs a scenario that was checked.
func (p *program) simRun(ctx context.Context, o *simRun, s *scenario.Scenario) error {
	defer p.collectLazily()()
	var r *report.Result
	bar := p.bar()
	options := sim.Options{Shards: int(o.shards), Progress: runProgress(bar)}
	run := func() (err error) {
		defer bar.clear()
		r, err = p.carryOut(ctx, s, options)
		return err
	}
	dumped := error(nil)
	if o.dump != "" {
		options.DumpNode = o.dumpNode
		dumped = p.dumpGraph(o.dump, func(w io.Writer) error {
			options.Dump = w
			return run()
		})
	} else if err := run(); err != nil {
		return err
	}
	if r == nil {
		return stored(dumped)
	}
	written := report.Write(o.out, r)
	if err := p.simSummary(o, r, written == nil); err != nil {
		return err
	}
	if written != nil {
		return stored(written)
	}
	return errors.Join(stored(dumped), runVerdict(o, r))
}

// runProgress returns what shows a run's progress.
func runProgress(b *bar) func(now, until uint64) {
	if b == nil {
		return nil
	}
	return func(now, until uint64) {
		b.show(float64(now)/float64(until), func(elapsed time.Duration) string {
			return fmt.Sprintf("%.1f s of %.0f s, %.3gx real time", float64(now)/1e6, float64(until)/1e6, float64(now)/1e6/max(elapsed.Seconds(), 1e-3))
		})
	}
}

// runView is the outcome of a run for programs.
type runView struct {
	Folder   string              `json:"folder"` // empty if it could not be written
	Report   string              `json:"report"`
	Name     string              `json:"name"`
	Seed     uint64              `json:"seed"`
	Version  string              `json:"version"`
	Hash     string              `json:"run_hash"`
	Figures  report.Figures      `json:"figures"`
	Totals   report.Totals       `json:"totals"`
	Findings []invariant.Finding `json:"findings"`
	Machine  report.Machine      `json:"machine"`
}

// simSummary prints what a run came to, and where the rest is.
func (p *program) simSummary(o *simRun, r *report.Result, written bool) error {
	view := runView{
		Name: r.Name, Seed: r.Seed, Version: r.Version, Hash: r.Hash, Figures: report.Measure(r), Totals: r.Totals,
		Findings: append([]invariant.Finding{}, r.Findings...), Machine: r.Machine,
	}
	if written {
		view.Folder, view.Report = o.out, filepath.Join(o.out, report.PageName)
	}
	return p.emit(o.asJSON, view, func(w io.Writer) {
		fmt.Fprintf(w, "%s%s\n", report.Text(r, view.Figures), r.Machine.Text(r))
		if written {
			fmt.Fprintf(w, "\nTables are in %s; the report is %s\n", safe(view.Folder), safe(view.Report))
		}
	})
}

// runVerdict is the error that a run's outcome means for the exit code.
func runVerdict(o *simRun, r *report.Result) error {
	switch {
	case r.Until < r.Asked:
		return fail(exitInterrupted, "", "interrupted after %.1f of %.1f virtual seconds; what was measured until then is in %s", float64(r.Until)/1e6, float64(r.Asked)/1e6, o.out)
	case len(r.Findings) > 0:
		return fail(exitFailure, "findings.csv has them all; the same seed and program show them again", "%d times an invariant was broken; the first: %s", len(r.Findings), r.Findings[0])
	}
	return nil
}
