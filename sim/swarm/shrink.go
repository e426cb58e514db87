package swarm

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/ledgerofthings/lot/sim/invariant"
	"github.com/ledgerofthings/lot/sim/scenario"
)

// Shrinking says how to shrink a scenario.
type Shrinking struct {
	Runner   Runner
	Again    Runner       // for the second run, where a finding is that two runs differ; nil for Runner
	Runs     int          // to spend
	Progress func(Shrunk) // is told of each smaller scenario; may be nil
}

// Shrunk is a scenario that was made smaller and still fails by the same rule.
type Shrunk struct {
	Scenario *scenario.Scenario
	Finding  invariant.Finding // that it still has
	Runs     int               // spent
	Minimal  bool              // nothing more could be taken away; false if the runs or the time were used up
}

// Command returns the command that repeats the finding, given the name of a file with the scenario's TOML.
func (s *Shrunk) Command(file string) string {
	return fmt.Sprintf("lot sim run %s --seed %d", file, s.Scenario.Seed)
}

// Shrink takes away from a scenario what a finding does not need: attacks, faults, churn and load, then nodes, then time, then
// whatever is not as simple as it could be, over and over until nothing more goes. A smaller scenario counts if it is valid, if
// its network has to bear what happens to it (unless the one at the start did not have to either), and if it has a finding of the same
// rule. If the context is done first, Shrink returns what it has and the context's cause.
func Shrink(ctx context.Context, s *scenario.Scenario, finding invariant.Finding, how Shrinking) (Shrunk, error) {
	if how.Runner == nil {
		return Shrunk{}, errNoRunner
	}
	if how.Again == nil {
		how.Again = how.Runner
	}
	k := &shrinker{
		Shrinking: how, best: Shrunk{Scenario: s.Clone(), Finding: finding}, valid: s.Validate() == nil, bearable: bearable(s),
		once:  func(s *scenario.Scenario) (outcome, error) { return how.Runner.run(ctx, s) },
		twice: func(s *scenario.Scenario) (outcome, error) { return runTwice(ctx, s, how.Runner, how.Again) },
	}
	k.best.Scenario.About = fmt.Sprintf("Shrunk from %s, which broke the rule %q.", s.Name, finding.Rule)
	for progress := true; progress && !k.over(); {
		progress = false
		for _, pass := range []func(*shrinker){dropEvents, narrowNodes, gatherNodes, dropNodes, shorten, hasten, simplify} {
			before := k.kept
			pass(k)
			progress = progress || k.kept != before
		}
	}
	k.best.Minimal = !k.over()
	return k.best, k.err
}

// shrinker is a scenario that is being shrunk.
type shrinker struct {
	Shrinking
	once     func(*scenario.Scenario) (outcome, error)
	twice    func(*scenario.Scenario) (outcome, error)
	best     Shrunk
	valid    bool // the scenario at the start was
	bearable bool // and so was this
	kept     int  // smaller scenarios that still failed
	err      error
}

func (k *shrinker) over() bool { return k.err != nil || k.best.Runs >= k.Runs }

// try changes a copy of the best scenario and keeps it if it still fails.
func (k *shrinker) try(change func(*scenario.Scenario)) bool {
	s := k.best.Scenario.Clone()
	change(s)
	if k.over() || reflect.DeepEqual(s, k.best.Scenario) || k.valid && s.Validate() != nil || k.bearable && !bearable(s) {
		return false
	}
	finding, fails := k.run(s)
	if !fails {
		return false
	}
	k.kept++
	k.best.Scenario, k.best.Finding = s, finding
	if k.Progress != nil {
		k.Progress(k.best)
	}
	return true
}

// run runs a scenario and returns its first finding of the rule. Whether two runs differ takes two.
func (k *shrinker) run(s *scenario.Scenario) (invariant.Finding, bool) {
	var o outcome
	if k.best.Finding.Rule == RuleRepeatable {
		k.best.Runs += 2
		o, k.err = k.twice(s)
	} else {
		k.best.Runs++
		o, k.err = k.once(s)
	}
	n := slices.IndexFunc(o.findings, func(f invariant.Finding) bool { return f.Rule == k.best.Finding.Rule })
	if k.err != nil || n < 0 {
		return invariant.Finding{}, false
	}
	return o.findings[n], true
}

// minimise takes items away as long as the rest is kept, first in large parts and then one by one, and returns what is left:
// no single item of it can be missed. It is the ddmin of Zeller and Hildebrandt, without the tests of small subsets, which
// seldom keep a fault that needs a whole network.
func minimise[T any](items []T, keep func(rest []T) bool) []T {
	for size := len(items); size > 0; {
		removed := false
		for first := 0; first < len(items); {
			rest := slices.Delete(slices.Clone(items), first, min(first+size, len(items)))
			if keep(rest) {
				items, removed = rest, true
			} else {
				first += size
			}
		}
		switch {
		case len(items) == 0 || size == 1 && !removed:
			return items
		case size > 1:
			size = (min(size, len(items)) + 1) / 2
		}
	}
	return items
}
