package swarm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/sim/invariant"
	"github.com/ledgerofthings/lot/sim/scenario"
)

// failing returns a runner that finds a breach of "planted" in the scenarios for which fails says so, a minute in.
func failing(fails func(*scenario.Scenario) bool) Runner {
	return func(_ context.Context, s *scenario.Scenario) (list []invariant.Finding, hash string, err error) {
		if fails(s) {
			list = append(list, invariant.Finding{Rule: "other", At: 1}, planted)
		}
		return list, fmt.Sprint(s.Seed), nil
	}
}

var planted = invariant.Finding{Rule: "planted", At: uint64(20*scenario.Second) + 1, Node: 3, Detail: "as planted"}

// faultOf returns the first fault of a kind, if there is one.
func faultOf(s *scenario.Scenario, kind string) *scenario.Fault {
	if n := slices.IndexFunc(s.Faults, func(f scenario.Fault) bool { return f.Kind == kind }); n >= 0 {
		return &s.Faults[n]
	}
	return nil
}

// seedWith returns the scenario of the first seed for which has says yes.
func seedWith(t *testing.T, has func(*scenario.Scenario) bool) *scenario.Scenario {
	t.Helper()
	for seed := range uint64(1000) {
		if s := Generate(seed, kinds); has(s) {
			return s
		}
	}
	t.Fatal("no seed has such a scenario")
	return nil
}

func shrinkFor(t *testing.T, s *scenario.Scenario, r Runner) Shrunk {
	t.Helper()
	shrunk, err := Shrink(t.Context(), s, planted, Shrinking{Runner: r, Runs: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	if !shrunk.Minimal || shrunk.Finding != planted {
		t.Fatalf("after %d runs: minimal %t, finding %v", shrunk.Runs, shrunk.Minimal, shrunk.Finding)
	}
	if err := shrunk.Scenario.Validate(); err != nil {
		t.Fatal(err)
	}
	return shrunk
}

func TestShrinkKeepsWhatBelongsTogether(t *testing.T) {
	fails := func(s *scenario.Scenario) bool {
		crash, partition := faultOf(s, scenario.FaultCrash), faultOf(s, scenario.FaultPartition)
		return crash != nil && partition != nil && slices.ContainsFunc(s.Attacks, func(a scenario.Attack) bool { return a.Kind == "withhold" })
	}
	s := seedWith(t, func(s *scenario.Scenario) bool { return fails(s) && len(s.Faults) > 4 && len(s.Attacks) > 1 })
	before := string(s.TOML())
	got := shrinkFor(t, s, failing(fails)).Scenario
	if len(got.Faults) != 2 || len(got.Attacks) != 1 || len(got.Churn) != 0 || len(got.Load) != 0 {
		t.Errorf("%d faults, %d attacks, %d churn, %d loads are left:\n%s", len(got.Faults), len(got.Attacks), len(got.Churn), len(got.Load), got.TOML())
	}
	for _, selector := range selectors(got) {
		if nodes, fixed := nodesOf(got, *selector); !fixed || len(nodes) != 1 {
			t.Errorf("nodes %q are left, want one", *selector)
		}
	}
	if got.Network.Nodes != 2 { // one to be cut off, one to be cut off from, and a gateway may attack beside a committee of one
		t.Errorf("%d nodes are left", got.Network.Nodes)
	}
	if l := got.Links; l.Model != scenario.LinksConstant || l.Loss+l.Duplicate+l.Reorder+l.Jitter != 0 || l.Up+l.Down != 0 {
		t.Errorf("links are not simple: %+v", l)
	}
	if got.Duration > 21*scenario.Second {
		t.Errorf("it lasts %s, the finding is at 20 s", got.Duration)
	}
	if string(s.TOML()) != before {
		t.Error("the scenario at the start was changed")
	}
}

func TestShrinkKeepsTheNodesThatMatter(t *testing.T) {
	heavy := func(s *scenario.Scenario) bool { // a partition with three nodes on one side, four members, and 5 transfers a second
		p := faultOf(s, scenario.FaultPartition)
		if p == nil || s.Network.Committee < 4 {
			return false
		}
		nodes, _ := nodesOf(s, p.Nodes)
		return len(nodes) >= 3 && slices.ContainsFunc(s.Load, func(l scenario.Load) bool { return l.Kind == scenario.LoadTransfer && l.Rate >= 2 })
	}
	s := seedWith(t, func(s *scenario.Scenario) bool { return heavy(s) && s.Network.Nodes > 20 })
	got := shrinkFor(t, s, failing(heavy)).Scenario
	nodes, _ := nodesOf(got, faultOf(got, scenario.FaultPartition).Nodes)
	if got.Network.Nodes != 4 || got.Network.Committee != 4 || len(nodes) != 3 || len(got.Faults) != 1 || len(got.Load) != 1 || got.Load[0].Rate >= 4 {
		t.Errorf("not minimal:\n%s", got.TOML())
	}
}

func TestShrinkShortensWindows(t *testing.T) {
	long := func(s *scenario.Scenario) bool {
		f := faultOf(s, scenario.FaultLoss)
		return f != nil && f.For >= scenario.Second && f.At >= 3*scenario.Second
	}
	s := seedWith(t, func(s *scenario.Scenario) bool {
		return long(s) && faultOf(s, scenario.FaultLoss).For > 10*scenario.Second && s.Faults[0].Kind == scenario.FaultLoss
	})
	f := faultOf(shrinkFor(t, s, failing(long)).Scenario, scenario.FaultLoss)
	if f.For >= 2*scenario.Second || f.At >= 6*scenario.Second {
		t.Errorf("at %s for %s is left", f.At, f.For)
	}
}

func TestShrinkShortensWhatHasNoTime(t *testing.T) {
	long := func(s *scenario.Scenario) bool { return s.Duration >= 7*scenario.Second }
	timeless := invariant.Finding{Rule: "timeless", Node: -1}
	r := func(_ context.Context, s *scenario.Scenario) (list []invariant.Finding, hash string, err error) {
		if long(s) {
			list = append(list, timeless)
		}
		return list, "", nil
	}
	shrunk, err := Shrink(t.Context(), Generate(1, kinds), timeless, Shrinking{Runner: r, Runs: 1000})
	if err != nil || shrunk.Scenario.Duration >= 14*scenario.Second {
		t.Errorf("it lasts %s, %v", shrunk.Scenario.Duration, err)
	}
}

// A finding after the network was left in peace stays one of a network that was left in peace.
func TestShrinkKeepsTheCalmEnd(t *testing.T) {
	calm := func(s *scenario.Scenario) bool {
		_, ok := invariant.DeadlinesOf(s, invariant.Patience)
		return ok && len(s.Faults) > 0
	}
	s := seedWith(t, func(s *scenario.Scenario) bool { return calm(s) && s.Duration > 250*scenario.Second })
	got := shrinkFor(t, s, failing(calm)).Scenario
	if got.Duration > invariant.Patience*3/2+scenario.Second {
		t.Errorf("it lasts %s, of which %s are calm", got.Duration, invariant.Patience*3/2)
	}
}

// What a network does not have to bear is no smaller case of what it has to.
func TestShrinkStaysBearable(t *testing.T) {
	attacked := func(s *scenario.Scenario) bool {
		return slices.ContainsFunc(s.Attacks, func(a scenario.Attack) bool { nodes, _ := nodesOf(s, a.Nodes); return nodes[0] < s.Network.Committee })
	}
	s := seedWith(t, attacked)
	got := shrinkFor(t, s, failing(attacked)).Scenario
	if !bearable(got) || got.Network.Nodes != 4 {
		t.Errorf("not minimal or not bearable:\n%s", got.TOML())
	}
}

func TestShrinkSpendsNoMoreThanItMay(t *testing.T) {
	runs := 0
	always := failing(func(*scenario.Scenario) bool { runs++; return true })
	shrunk, err := Shrink(t.Context(), Generate(1, kinds), planted, Shrinking{Runner: always, Runs: 7})
	if err != nil || runs != 7 || shrunk.Runs != 7 || shrunk.Minimal {
		t.Errorf("%d runs, said to be %d, minimal %t, %v", runs, shrunk.Runs, shrunk.Minimal, err)
	}
}

func TestShrinkFindsNothingSmallerOfAnotherRule(t *testing.T) {
	s := Generate(1, kinds)
	shrunk, err := Shrink(t.Context(), s, invariant.Finding{Rule: "third"}, Shrinking{Runner: failing(func(*scenario.Scenario) bool { return true }), Runs: 10_000})
	if err != nil || !shrunk.Minimal || shrunk.Scenario.Duration != s.Duration || len(shrunk.Scenario.Faults) != len(s.Faults) {
		t.Errorf("shrunk to\n%s%v", shrunk.Scenario.TOML(), err)
	}
}

func TestShrinkStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	gone, runs := errors.New("the user is gone"), 0
	shrunk, err := Shrink(ctx, Generate(1, kinds), planted, Shrinking{Runs: 1000, Runner: failing(func(*scenario.Scenario) bool {
		if runs++; runs == 3 {
			cancel(gone)
		}
		return true
	})})
	if !errors.Is(err, gone) || runs != 3 || shrunk.Scenario == nil || shrunk.Minimal {
		t.Errorf("%d runs, minimal %t, %v", runs, shrunk.Minimal, err)
	}
	if _, err := Shrink(t.Context(), Generate(1, kinds), planted, Shrinking{}); err == nil {
		t.Error("nothing runs the scenarios, and nobody says so")
	}
}

func TestShrinkTellsOfProgress(t *testing.T) {
	var runs []int
	how := Shrinking{Runner: failing(func(*scenario.Scenario) bool { return true }), Runs: 50, Progress: func(s Shrunk) { runs = append(runs, s.Runs) }}
	if _, err := Shrink(t.Context(), Generate(1, kinds), planted, how); err != nil {
		t.Fatal(err)
	}
	if len(runs) == 0 || !slices.IsSorted(runs) {
		t.Errorf("told after %v runs", runs)
	}
}

func TestShrunkRepeatsByItsFile(t *testing.T) {
	shrunk := Shrunk{Scenario: Generate(17, kinds)}
	if got := shrunk.Command("small.toml"); got != "lot sim run small.toml --seed 17" {
		t.Errorf("%q", got)
	}
}

// What is left is a subset that holds, and no single item of it can be missed.
func TestMinimise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 40).Draw(t, "items")
		needed := rapid.SliceOfDistinct(rapid.IntRange(0, 39), rapid.ID[int]).Draw(t, "needed")
		needed = slices.DeleteFunc(needed, func(i int) bool { return i >= n })
		got := minimise(numbers(0, n), func(rest []int) bool {
			return !slices.ContainsFunc(needed, func(i int) bool { return !slices.Contains(rest, i) })
		})
		slices.Sort(needed)
		if !slices.Equal(got, needed) {
			t.Fatalf("left with %v, needed are %v", got, needed)
		}
	})
}

func TestMinimiseWithoutAnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, need := rapid.IntRange(0, 40).Draw(t, "items"), rapid.IntRange(0, 10).Draw(t, "how many")
		got := minimise(numbers(0, n), func(rest []int) bool { return len(rest) >= need })
		if len(got) != min(n, need) {
			t.Fatalf("left with %v, %d would do", got, need)
		}
	})
}
