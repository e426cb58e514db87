package swarm

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/sim/scenario"
)

func TestSelectorOf(t *testing.T) {
	for want, nodes := range map[scenario.Selector][]int{"": nil, "3": {3}, "0-2,7": {7, 1, 0, 2}, "0,2,4-5": {5, 0, 2, 4}} {
		if got := selectorOf(nodes); got != want {
			t.Errorf("%v is %q, want %q", nodes, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		nodes := rapid.SliceOfNDistinct(rapid.IntRange(0, 99), 1, 40, rapid.ID[int]).Draw(t, "nodes")
		got, err := selectorOf(nodes).Select(100, 4, nil)
		slices.Sort(nodes)
		if err != nil || !slices.Equal(got, nodes) {
			t.Fatalf("%v is read as %v, %v", nodes, got, err)
		}
	})
}

func TestExtremeSetIsExtreme(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.Uint64Range(1, 20), 1, 10).Draw(t, "weights")
		other := rapid.SliceOfNDistinct(rapid.IntRange(0, len(weights)-1), 0, len(weights), rapid.ID[int]).Draw(t, "others")
		of, total := weigh(weights, other)
		faulty, _ := weigh(weights, mostFaulty(weights))
		if faulty > 0 && !tolerable(faulty, total) {
			t.Fatalf("%d of %d is said to be tolerable", faulty, total)
		}
		if tolerable(of, total) && of > faulty {
			t.Fatalf("%v weigh %d of %d, the most that is tolerable is said to be %d", other, of, total, faulty)
		}
		least, _ := weigh(weights, extremeSet(weights, true, quorum))
		if !quorum(least, total) || quorum(of, total) && of < least {
			t.Fatalf("%v weigh %d of %d, the least quorum is said to be %d", other, of, total, least)
		}
	})
}

func TestBearable(t *testing.T) {
	base := func() *scenario.Scenario {
		s := scenario.Defaults()
		s.Network.Nodes, s.Network.Committee = 12, 7
		return &s
	}
	cases := []struct {
		name   string
		change func(*scenario.Scenario)
		want   bool
	}{
		{"nothing", func(*scenario.Scenario) {}, true},
		{"two of seven attack", func(s *scenario.Scenario) { s.Attacks = []scenario.Attack{{Nodes: "0-1,8-11"}} }, true},
		{"three of seven attack", func(s *scenario.Scenario) { s.Attacks = []scenario.Attack{{Nodes: "0-2"}} }, false},
		{"one attacks, two are wiped", func(s *scenario.Scenario) {
			s.Attacks = []scenario.Attack{{Nodes: "0"}}
			s.Faults = []scenario.Fault{{Kind: scenario.FaultWipe, Nodes: "1"}, {Kind: scenario.FaultRestore, Nodes: "2"}}
		}, false},
		{"the same one attacks and is wiped", func(s *scenario.Scenario) {
			s.Attacks = []scenario.Attack{{Nodes: "0"}}
			s.Faults = []scenario.Fault{{Kind: scenario.FaultWipe, Nodes: "0-1"}}
		}, true},
		{"all crash", func(s *scenario.Scenario) { s.Faults = []scenario.Fault{{Kind: scenario.FaultCrash, Nodes: "all"}} }, true},
		{"one weighs a third", func(s *scenario.Scenario) {
			s.Network.Weights = []uint64{3, 1, 1, 1, 1, 1, 1}
			s.Attacks = []scenario.Attack{{Nodes: "0"}}
		}, false},
		{"who attacks is drawn", func(s *scenario.Scenario) { s.Attacks = []scenario.Attack{{Nodes: "committee:1"}} }, false},
	}
	for _, c := range cases {
		s := base()
		c.change(s)
		if got := bearable(s); got != c.want {
			t.Errorf("%s: %t, want %t", c.name, got, c.want)
		}
	}
}
