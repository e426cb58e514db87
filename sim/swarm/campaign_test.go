package swarm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ledgerofthings/lot/sim/invariant"
	"github.com/ledgerofthings/lot/sim/scenario"
)

// failingAt returns a runner that fails at some seeds.
func failingAt(seeds ...uint64) Runner {
	return failing(func(s *scenario.Scenario) bool { return slices.Contains(seeds, s.Seed) })
}

func failedSeeds(r Report) (seeds []uint64) {
	for _, f := range r.Failures {
		seeds = append(seeds, f.Seed)
	}
	return seeds
}

func TestCampaignRunsEachSeedTwice(t *testing.T) {
	var mu sync.Mutex
	first, second, told := map[uint64]int{}, map[uint64]int{}, 0
	count := func(runs map[uint64]int) Runner {
		return func(_ context.Context, s *scenario.Scenario) ([]invariant.Finding, string, error) {
			mu.Lock()
			defer mu.Unlock()
			runs[s.Seed]++
			return nil, s.Name, nil
		}
	}
	c := Campaign{From: 100, Count: 20, Runner: count(first), Again: count(second), Parallel: 3, Progress: func(p Progress) {
		if told++; p.Done != uint64(told) || p.Count != 20 {
			t.Errorf("%+v is told as number %d", p, told)
		}
	}}
	report, err := c.Run(t.Context())
	if err != nil || report.Done != 20 || len(report.Failures) != 0 || told != 20 {
		t.Fatalf("%+v, told %d times, %v", report, told, err)
	}
	for seed := uint64(100); seed < 120; seed++ {
		if first[seed] != 1 || second[seed] != 1 {
			t.Errorf("seed %d was run %d and %d times", seed, first[seed], second[seed])
		}
	}
}

func TestCampaignStopsAtTheLowestSeedThatFails(t *testing.T) {
	for _, parallel := range []int{0, 1, 2, 7} {
		report, err := Campaign{From: 1, Count: 1000, Runner: failingAt(13, 14, 15, 400), Parallel: parallel}.Run(t.Context())
		if err != nil || !slices.Equal(failedSeeds(report), []uint64{13}) || report.Done > 30 {
			t.Errorf("%d side by side: seeds %v failed of %d, %v", parallel, failedSeeds(report), report.Done, err)
		}
	}
}

// A high seed that is quick to fail does not hide a lower one that is still under way.
func TestCampaignWaitsForLowerSeeds(t *testing.T) {
	quick := make(chan struct{})
	slow := func(_ context.Context, s *scenario.Scenario) ([]invariant.Finding, string, error) {
		if s.Seed == 1 {
			<-quick
		}
		return []invariant.Finding{planted}, "", nil
	}
	report, err := Campaign{From: 1, Count: 2, Runner: slow, Parallel: 2, Progress: func(p Progress) {
		if p.Seed == 2 {
			close(quick)
		}
	}}.Run(t.Context())
	if err != nil || !slices.Equal(failedSeeds(report), []uint64{1}) {
		t.Errorf("seeds %v failed, %v", failedSeeds(report), err)
	}
}

func TestCampaignCollectsAll(t *testing.T) {
	report, err := Campaign{From: 1, Count: 50, Runner: failingAt(40, 13, 14), Parallel: 3, All: true}.Run(t.Context())
	if err != nil || !slices.Equal(failedSeeds(report), []uint64{13, 14, 40}) || report.Done != 50 {
		t.Fatalf("seeds %v failed of %d, %v", failedSeeds(report), report.Done, err)
	}
	f := report.Failures[0]
	if got := f.Command(); got != "lot sim swarm --from 13 --count 1" {
		t.Errorf("repeated by %q", got)
	}
	if len(f.Findings) != 2 || f.Hash != "13" || f.Scenario.Seed != 13 || f.Shrunk != nil {
		t.Errorf("%+v", f)
	}
}

func TestCampaignReachesTheLastSeedThereIs(t *testing.T) {
	const last = ^uint64(0)
	ran := failing(func(*scenario.Scenario) bool { return true })
	report, err := Campaign{From: last - 2, Count: 100, Runner: ran, All: true}.Run(t.Context())
	if err != nil || !slices.Equal(failedSeeds(report), []uint64{last - 2, last - 1, last}) {
		t.Errorf("seeds %v failed, %v", failedSeeds(report), err)
	}
}

func TestCampaignFindsWhatDoesNotRepeatItself(t *testing.T) {
	var runs atomic.Uint64
	cases := map[string]Runner{
		"hash": func(context.Context, *scenario.Scenario) ([]invariant.Finding, string, error) {
			return nil, fmt.Sprint(runs.Add(1)), nil
		},
		"findings": func(context.Context, *scenario.Scenario) ([]invariant.Finding, string, error) {
			return []invariant.Finding{{Rule: "r", At: runs.Add(1)}}, "same", nil
		},
	}
	for name, flaky := range cases {
		t.Run(name, func(t *testing.T) {
			report, err := Campaign{From: 5, Count: 1, Runner: flaky}.Run(t.Context())
			if err != nil || len(report.Failures) != 1 {
				t.Fatalf("%+v, %v", report, err)
			}
			if list := report.Failures[0].Findings; list[len(list)-1].Rule != RuleRepeatable {
				t.Errorf("found %v", list)
			}
		})
	}
}

// What makes runs differ is shrunk with two runs each, by both runners.
func TestCampaignShrinksWhatDoesNotRepeatItself(t *testing.T) {
	shards := func(n string) Runner {
		return func(_ context.Context, s *scenario.Scenario) ([]invariant.Finding, string, error) {
			if len(s.Churn) > 0 {
				return nil, n, nil
			}
			return nil, "same", nil
		}
	}
	report, err := Campaign{Count: 1000, Runner: shards("1"), Again: shards("2"), Shrink: 2000}.Run(t.Context())
	if err != nil || len(report.Failures) != 1 || report.Failures[0].Shrunk == nil {
		t.Fatalf("%+v, %v", report, err)
	}
	got := report.Failures[0].Shrunk
	if s := got.Scenario; !got.Minimal || len(s.Churn) != 1 || len(s.Faults)+len(s.Attacks)+len(s.Load) != 0 || s.Network.Nodes > 2 {
		t.Errorf("after %d runs:\n%s", got.Runs, s.TOML())
	}
}

func TestCampaignTellsOfShrinking(t *testing.T) {
	steps := 0
	report, err := Campaign{From: 3, Count: 1, Runner: failingAt(3), Shrink: 200, Progress: func(p Progress) {
		if p.Shrunk != nil && p.Seed == 3 && p.Failures == 1 {
			steps++
		}
	}}.Run(t.Context())
	if err != nil || steps == 0 || report.Failures[0].Shrunk.Runs == 0 {
		t.Errorf("%d steps, %+v, %v", steps, report, err)
	}
}

func TestCampaignFindsWhatDoesNotRun(t *testing.T) {
	broken := func(context.Context, *scenario.Scenario) ([]invariant.Finding, string, error) {
		return nil, "", errors.New("node 3 stopped")
	}
	report, err := Campaign{Count: 1, Runner: broken}.Run(t.Context())
	if err != nil || len(report.Failures) != 1 || report.Failures[0].Findings[0].Rule != RuleRuns {
		t.Fatalf("%+v, %v", report, err)
	}
	panicking := func(context.Context, *scenario.Scenario) ([]invariant.Finding, string, error) {
		panic("index out of range")
	}
	report, err = Campaign{Count: 1, Runner: panicking}.Run(t.Context())
	if err != nil || len(report.Failures) != 1 || report.Failures[0].Findings[0].Rule != RulePanics {
		t.Fatalf("%+v, %v", report, err)
	}
	if !strings.Contains(report.Failures[0].Trace, "campaign_test.go") {
		t.Errorf("the stack does not show where:\n%s", report.Failures[0].Trace)
	}
	if _, err := (Campaign{Count: 1}).Run(t.Context()); err == nil {
		t.Error("nothing runs the scenarios, and nobody says so")
	}
}

func TestCampaignStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	over := errors.New("time is up")
	waiting := func(ctx context.Context, s *scenario.Scenario) ([]invariant.Finding, string, error) {
		if s.Seed < 5 {
			return nil, "", nil
		}
		if s.Seed == 5 {
			cancel(over)
		}
		<-ctx.Done()
		return []invariant.Finding{planted}, "cut off", ctx.Err()
	}
	report, err := Campaign{Runner: waiting, Parallel: 3}.Run(ctx) // without an end
	if !errors.Is(err, over) || report.Done > 5 || len(report.Failures) != 0 {
		t.Errorf("%+v, %v", report, err)
	}
}

// A runner cannot spoil the scenario for the run after it.
func TestRunnersGetTheirOwnScenario(t *testing.T) {
	spoiling := func(_ context.Context, s *scenario.Scenario) ([]invariant.Finding, string, error) {
		hash := string(s.TOML())
		s.Load[0].Rate, s.Duration = 99, 1
		return nil, hash, nil
	}
	report, err := Campaign{Count: 5, Runner: spoiling}.Run(t.Context())
	if err != nil || len(report.Failures) != 0 {
		t.Errorf("%+v, %v", report, err)
	}
}
