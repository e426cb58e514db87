package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/sim"
	"github.com/ledgerofthings/lot/sim/attack"
	"github.com/ledgerofthings/lot/sim/invariant"
	"github.com/ledgerofthings/lot/sim/report"
	"github.com/ledgerofthings/lot/sim/scenario"
	"github.com/ledgerofthings/lot/sim/swarm"
)

// shrinkRuns is how many runs are spent on making a scenario that failed small.
const shrinkRuns = 400

// mostFindings is how many findings of a seed are printed: what is broken once is often broken everywhere from then on.
const mostFindings = 6

// simSwarm is one `lot sim swarm`.
type simSwarm struct {
	campaign swarm.Campaign
	length   time.Duration
	shrink   bool
	out      string
}

func (p *program) simSwarmCommand() *cobra.Command {
	var o simSwarm
	c := &cobra.Command{
		Use:   "swarm",
		Short: "Look for seeds at which a random network breaks an invariant",
		Long: "Draw networks, links, faults, attacks and load from one seed after the other, run each twice (with one shard and with two), and check\n" +
			"all invariants. It ends at the first finding unless --all is given, and prints the command that repeats it. The exit code is 1 if\n" +
			"there was a finding.",
		Args: wants(),
	}
	c.Flags().Uint64Var(&o.campaign.Count, "seeds", 0, "how many seeds (default: 100, or as many as --for allows)")
	c.Flags().DurationVar(&o.length, "for", 0, "end after this time, such as 2m; a seed that is under way then does not count")
	c.Flags().Uint64Var(&o.campaign.From, "from", 0, "the first `SEED` (default: another one every time)")
	c.Flags().IntVar(&o.campaign.Parallel, "parallel", runtime.GOMAXPROCS(0), "seeds side by side")
	c.Flags().BoolVar(&o.campaign.All, "all", false, "go on after a finding")
	c.Flags().BoolVar(&o.shrink, "shrink", false, "make scenarios that fail as small as possible")
	c.Flags().StringVarP(&o.out, "out", "o", "", "`FOLDER` for the scenarios that fail (default: --shrink prints them)")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if o.length < 0 || c.Flags().Changed("for") && o.length == 0 {
			return usage(c, "--for %v: want a time above 0", o.length)
		}
		if c.Flags().Changed("out") && o.out == "" {
			return usage(c, "--out: name a folder, or leave it out")
		}
		if c.Flags().Changed("seeds") && o.campaign.Count == 0 {
			return usage(c, "--seeds 0: choose at least 1")
		}
		if o.campaign.Parallel < 1 || o.campaign.Parallel > maxParallel {
			return usage(c, "--parallel %d: choose 1 to %d", o.campaign.Parallel, maxParallel)
		}
		if o.campaign.Count == 0 && o.length == 0 {
			o.campaign.Count = 100
		}
		if !c.Flags().Changed("from") {
			o.campaign.From = uint64(rand.Uint32()) //nolint:gosec // any seed will do, and it is printed
		}
		return p.simSwarm(c.Context(), &o)
	}
	return c
}

// simSwarm runs the campaign and prints what it found.
func (p *program) simSwarm(ctx context.Context, o *simSwarm) error {
	defer p.collectLazily()()
	began, bar := p.now(), p.bar()
	o.campaign.Attacks, o.campaign.Runner, o.campaign.Again = attack.Names(), swarmRunner(1), swarmRunner(2)
	o.campaign.Progress = func(now swarm.Progress) {
		bar.show(o.part(now.Done, p.now().Sub(began)), func(elapsed time.Duration) string {
			return fmt.Sprintf("%d seeds, %.0f a minute", now.Done, float64(now.Done)/max(elapsed.Minutes(), 1e-3))
		})
	}
	limited, cancel := ctx, context.CancelFunc(func() {})
	if o.length > 0 {
		limited, cancel = context.WithTimeout(ctx, o.length)
	}
	defer cancel()
	outcome, err := o.campaign.Run(limited)
	bar.clear()
	took := p.now().Sub(began)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return err
	}
	for n := range outcome.Failures {
		if err := p.swarmFailure(ctx, o, &outcome.Failures[n]); err != nil {
			return err
		}
	}
	if err := p.print(fmt.Sprintf("%d seeds from %d on, each run twice: %d with findings. %.1f seeds a minute.\n",
		outcome.Done, outcome.From, len(outcome.Failures), float64(outcome.Done)/max(took.Minutes(), 1e-3))); err != nil {
		return err
	}
	switch {
	case len(outcome.Failures) > 0:
		return fail(exitFailure, "", "at %d seeds something is wrong", len(outcome.Failures))
	case ctx.Err() != nil:
		return fail(exitInterrupted, "", "interrupted")
	}
	return nil
}

// part returns how much of the campaign is done.
func (o *simSwarm) part(done uint64, elapsed time.Duration) float64 {
	part := 0.0
	if o.campaign.Count > 0 {
		part = float64(done) / float64(o.campaign.Count)
	}
	if o.length > 0 {
		part = max(part, elapsed.Seconds()/o.length.Seconds())
	}
	return part
}

// swarmRunner runs scenarios in so many shards. What it returns as the hash covers everything that was measured.
func swarmRunner(shards int) swarm.Runner {
	return func(ctx context.Context, s *scenario.Scenario) ([]invariant.Finding, string, error) {
		r, err := sim.Run(ctx, s, sim.Options{Shards: shards})
		if err != nil {
			return nil, "", err
		}
		r.Machine = report.Machine{}
		text, err := json.Marshal(r)
		return r.Findings, fmt.Sprintf("%x", sha256.Sum256(text)), err
	}
}

// swarmFailure prints a seed that failed and what repeats it, and shrinks its scenario if asked.
func (p *program) swarmFailure(ctx context.Context, o *simSwarm, f *swarm.Failure) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Seed %d, version %s:\n", f.Seed, simVersion())
	for n, finding := range f.Findings {
		if n == mostFindings {
			fmt.Fprintf(&b, "  and %d more\n", len(f.Findings)-n)
			break
		}
		fmt.Fprintf(&b, "  %s\n", safeLines(strings.ReplaceAll(finding.String(), "\t", "    "))) // some have a stack
	}
	if f.Trace != "" {
		fmt.Fprintf(&b, "%s\n", safeLines(f.Trace))
	}
	fmt.Fprintf(&b, "  again:  lot sim swarm --from %d --seeds 1\n", f.Seed)
	if o.out != "" {
		path, err := o.keep(fmt.Sprintf("seed-%d.toml", f.Seed), f.Scenario)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "  or:     %s\n", runAgain(path, f.Findings[0]))
	}
	if err := p.print(b.String()); err != nil || !o.shrink {
		return err
	}
	return p.shrinkFailure(ctx, o, f)
}

// shrinkFailure makes the scenario of a seed that failed small. If it is interrupted, what it came to is used.
func (p *program) shrinkFailure(ctx context.Context, o *simSwarm, f *swarm.Failure) error {
	bar := p.bar()
	shrunk, err := swarm.Shrink(ctx, f.Scenario, f.Findings[0], swarm.Shrinking{
		Runner: o.campaign.Runner, Again: o.campaign.Again, Runs: shrinkRuns,
		Progress: func(so swarm.Shrunk) {
			bar.show(float64(so.Runs)/shrinkRuns, func(time.Duration) string {
				return fmt.Sprintf("shrinking: %d nodes, %v", so.Scenario.Network.Nodes, so.Scenario.Duration)
			})
		},
	})
	bar.clear()
	if err != nil && ctx.Err() == nil {
		return err
	}
	s := shrunk.Scenario
	text := fmt.Sprintf("  shrunk in %d runs to %d nodes, %v, %d faults and %d attacks: %s\n",
		shrunk.Runs, s.Network.Nodes, s.Duration, len(s.Faults)+len(s.Churn), len(s.Attacks), safe(shrunk.Finding.String()))
	if o.out == "" {
		return p.print(text + string(s.TOML()))
	}
	path, err := o.keep(fmt.Sprintf("seed-%d-shrunk.toml", f.Seed), s)
	if err != nil {
		return err
	}
	return p.print(text + fmt.Sprintf("  again:  %s\n", runAgain(path, shrunk.Finding)))
}

// runAgain is the command that shows a finding in the scenario of a file. That two runs differ takes two of them to see.
func runAgain(path string, f invariant.Finding) string {
	path = safe(path)
	if f.Rule != swarm.RuleRepeatable {
		return "lot sim run " + path
	}
	return fmt.Sprintf("lot sim run %s --shards 1 --out one; lot sim run %s --shards 2 --out two; lot sim compare one two", path, path)
}

// keep writes a scenario to the folder for those that fail.
func (o *simSwarm) keep(name string, s *scenario.Scenario) (path string, err error) {
	path = filepath.Join(o.out, name)
	if err = os.MkdirAll(o.out, 0o755); err == nil { //nolint:gosec // scenarios are no secrets
		err = os.WriteFile(path, s.TOML(), 0o644) //nolint:gosec // the same
	}
	if err != nil {
		return "", stored(fmt.Errorf("keep the scenario: %w", err))
	}
	return path, nil
}
