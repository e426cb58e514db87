package swarm

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/sim/invariant"
	"github.com/ledgerofthings/lot/sim/scenario"
)

var kinds = []string{"equivocate", "silent", "spam", "withhold"}

// manySeeds is how many seeds the distributions are taken over.
const manySeeds = 2000

func TestEveryScenarioIsValidAndBearable(t *testing.T) {
	for seed := range uint64(manySeeds) {
		s := Generate(seed, kinds)
		if err := s.Validate(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if err := s.CheckAttacks(kinds, nil); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if !bearable(s) {
			t.Fatalf("seed %d: a third or more of the weight is faulty:\n%s", seed, s.TOML())
		}
		if n := s.Network; n.Committee < minCommittee || n.Committee > maxCommittee || n.Nodes < n.Committee || n.Nodes > maxNodes {
			t.Fatalf("seed %d: %d nodes with a committee of %d", seed, n.Nodes, n.Committee)
		}
		if _, ok := invariant.DeadlinesOf(s, invariant.Patience); !ok {
			t.Fatalf("seed %d: its end is not calm:\n%s", seed, s.TOML())
		}
		if len(s.Load) == 0 {
			t.Fatalf("seed %d: there is nothing to do", seed)
		}
	}
}

func TestScenariosAreAFunctionOfTheSeed(t *testing.T) {
	seen := map[string]uint64{}
	for seed := range uint64(100) {
		text := Generate(seed, kinds).TOML()
		if !bytes.Equal(text, Generate(seed, kinds).TOML()) {
			t.Fatalf("seed %d gives two scenarios", seed)
		}
		_, body, _ := strings.Cut(string(text), "duration")
		if other, known := seen[body]; known {
			t.Fatalf("seeds %d and %d give one scenario", other, seed)
		}
		seen[body] = seed
	}
}

func TestScenariosSurviveTheirFile(t *testing.T) {
	for seed := range uint64(200) {
		s := Generate(seed<<56|seed, kinds) // large ones too
		text := s.TOML()
		read, err := scenario.Parse(text, "swarm.toml")
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		if !bytes.Equal(read.TOML(), text) {
			t.Fatalf("seed %d is read as something else", seed)
		}
	}
}

func TestWithoutKindsNobodyAttacks(t *testing.T) {
	for seed := range uint64(100) {
		if s := Generate(seed, nil); len(s.Attacks) > 0 {
			t.Fatalf("seed %d has attacks: %v", seed, s.Attacks)
		}
	}
}

// Whatever the invariants depend on has to come up, and not just once.
func TestScenariosCoverWhatCanHappen(t *testing.T) {
	counts := map[string]int{}
	for seed := range uint64(manySeeds) {
		s := Generate(seed, kinds)
		for _, f := range features(s) {
			counts[f]++
		}
	}
	want := []string{
		"no trouble at all", "members only", "weights", "a third", "attackers weigh most", "faulty weigh most", "gateways attack",
		"least quorum cut off", "most without a quorum cut off", "all crash", "committee crashes", "hermit", "rolling restart", "churn", "committee churns",
		"dry accounts", "slow machines", "bandwidth",
		"link " + scenario.LinksConstant, "link " + scenario.LinksUniform, "link " + scenario.LinksNormal, "link " + scenario.LinksLognormal, "link " + scenario.LinksCities,
		"topology " + scenario.TopologyComplete, "topology " + scenario.TopologyRandomRegular, "topology " + scenario.TopologySmallWorld,
		"load " + scenario.LoadTransfer, "load " + scenario.LoadReading,
	}
	for _, kind := range kinds {
		want = append(want, "attack "+kind)
	}
	for _, kind := range append([]string{scenario.FaultWipe, scenario.FaultRestore, scenario.FaultCorrupt}, weatherKinds...) {
		want = append(want, "fault "+kind)
	}
	for _, f := range want {
		if share := float64(counts[f]) / manySeeds; share < 0.005 || share > 0.9 {
			t.Errorf("%s: in %.1f %% of the scenarios, want 0.5 to 90", f, 100*share)
		}
	}
}

// features names what is in a scenario.
func features(s *scenario.Scenario) (names []string) {
	is := func(name string, yes bool) {
		if yes && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	weights := weightsOf(s)
	_, total := weigh(weights, nil)
	is("no trouble at all", len(s.Faults)+len(s.Attacks)+len(s.Churn) == 0)
	is("members only", s.Network.Nodes == s.Network.Committee)
	is("weights", s.Network.Weights != nil)
	is("a third", 3*slices.Max(weights) >= total-3)
	is("dry accounts", s.Network.Balance == 20)
	is("slow machines", s.CPU.Slow > 1)
	is("bandwidth", s.Links.Up > 0)
	is("link "+s.Links.Model, true)
	is("topology "+s.Topology.Kind, true)
	for _, l := range s.Load {
		is("load "+l.Kind, true)
	}
	for _, c := range s.Churn {
		nodes, _ := nodesOf(s, c.Nodes)
		is("churn", true)
		is("committee churns", nodes[0] < s.Network.Committee)
	}
	attackFeatures(s, is)
	faultFeatures(s, is)
	return names
}

func attackFeatures(s *scenario.Scenario, is func(string, bool)) {
	weights := weightsOf(s)
	most, total := weigh(weights, mostFaulty(weights))
	var attackers, faulty []int
	for _, a := range s.Attacks {
		nodes, _ := nodesOf(s, a.Nodes)
		attackers = append(attackers, nodes...)
		is("attack "+a.Kind, true)
		is("gateways attack", nodes[len(nodes)-1] >= s.Network.Committee)
	}
	for _, f := range s.Faults {
		if nodes, _ := nodesOf(s, f.Nodes); losesDisk(f.Kind) {
			faulty = append(faulty, nodes...)
		}
	}
	of, _ := weigh(weights, attackers)
	is("attackers weigh most", of == most && 3*most < total && len(attackers) > 0)
	of, _ = weigh(weights, append(faulty, attackers...))
	is("faulty weigh most", of == most)
}

func faultFeatures(s *scenario.Scenario, is func(string, bool)) {
	weights := weightsOf(s)
	healed, _ := invariant.Healed(s)
	least := extremeSet(weights, true, quorum)
	most := extremeSet(weights, false, func(of, total uint64) bool { return !quorum(of, total) })
	restarted := 0
	for _, f := range s.Faults {
		nodes, _ := nodesOf(s, f.Nodes)
		of, total := weigh(weights, nodes)
		is("fault "+f.Kind, true)
		switch f.Kind {
		case scenario.FaultPartition:
			leastWeight, _ := weigh(weights, least)
			mostWeight, _ := weigh(weights, most)
			is("least quorum cut off", of == leastWeight)
			is("most without a quorum cut off", of == mostWeight)
			is("hermit", len(nodes) == 1 && f.For >= (healed-quietStart)*3/4)
		case scenario.FaultCrash:
			is("all crash", len(nodes) == s.Network.Nodes)
			is("committee crashes", of == total && len(nodes) == s.Network.Committee)
			if len(nodes) == 1 && f.Amount == 1 {
				restarted++
			}
		}
	}
	is("rolling restart", restarted >= s.Network.Committee)
}
