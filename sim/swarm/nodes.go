package swarm

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ledgerofthings/lot/sim/scenario"
)

// selectorOf names nodes by their numbers: "0-2,7".
func selectorOf(nodes []int) scenario.Selector {
	sorted := slices.Clone(nodes)
	slices.Sort(sorted)
	var parts []string
	for n := 0; n < len(sorted); {
		last := n
		for last+1 < len(sorted) && sorted[last+1] == sorted[last]+1 {
			last++
		}
		if n == last {
			parts = append(parts, fmt.Sprint(sorted[n]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", sorted[n], sorted[last]))
		}
		n = last + 1
	}
	return scenario.Selector(strings.Join(parts, ","))
}

// nodesOf returns the nodes that a selector names, unless it draws some.
func nodesOf(s *scenario.Scenario, selector scenario.Selector) (nodes []int, fixed bool) {
	nodes, err := selector.Select(s.Network.Nodes, s.Network.Committee, nil)
	return nodes, err == nil
}

// selectors returns all selectors of a scenario, to be changed.
func selectors(s *scenario.Scenario) (list []*scenario.Selector) {
	for n := range s.Attacks {
		list = append(list, &s.Attacks[n].Nodes)
	}
	for n := range s.Faults {
		list = append(list, &s.Faults[n].Nodes)
	}
	for n := range s.Churn {
		list = append(list, &s.Churn[n].Nodes)
	}
	for n := range s.Load {
		list = append(list, &s.Load[n].Nodes)
	}
	for n := range s.Joins {
		list = append(list, &s.Joins[n].Nodes)
	}
	for n := range s.Leaves {
		list = append(list, &s.Leaves[n].Nodes)
	}
	for n := range s.Governs {
		if s.Governs[n].Nodes != "" {
			list = append(list, &s.Governs[n].Nodes)
		}
	}
	return list
}

// losesDisk reports whether a fault leaves nodes without what they knew.
func losesDisk(kind string) bool {
	return kind == scenario.FaultWipe || kind == scenario.FaultRestore || kind == scenario.FaultCorrupt
}

// bearable reports whether the members that attack or lose their disks weigh less than a third, so that a network is to get
// over it. It is not if that cannot be known.
func bearable(s *scenario.Scenario) bool {
	var faulty []int
	add := func(selector scenario.Selector) bool {
		nodes, fixed := nodesOf(s, selector)
		faulty = append(faulty, nodes...)
		return fixed
	}
	for _, a := range s.Attacks {
		if !add(a.Nodes) {
			return false
		}
	}
	for _, f := range s.Faults {
		if losesDisk(f.Kind) && !add(f.Nodes) {
			return false
		}
	}
	return tolerable(weigh(weightsOf(s), faulty))
}
