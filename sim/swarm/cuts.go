package swarm

import (
	"slices"

	"github.com/ledgerofthings/lot/sim/scenario"
)

// dropEvents takes away attacks, faults, churn and load.
func dropEvents(k *shrinker) {
	minimise(k.best.Scenario.Attacks, func(rest []scenario.Attack) bool {
		return k.try(func(s *scenario.Scenario) { s.Attacks = rest })
	})
	minimise(k.best.Scenario.Faults, func(rest []scenario.Fault) bool {
		return k.try(func(s *scenario.Scenario) { s.Faults = rest })
	})
	minimise(k.best.Scenario.Churn, func(rest []scenario.Churn) bool {
		return k.try(func(s *scenario.Scenario) { s.Churn = rest })
	})
	minimise(k.best.Scenario.Joins, func(rest []scenario.Join) bool {
		return k.try(func(s *scenario.Scenario) { s.Joins = rest })
	})
	minimise(k.best.Scenario.Leaves, func(rest []scenario.Leave) bool {
		return k.try(func(s *scenario.Scenario) { s.Leaves = rest })
	})
	minimise(k.best.Scenario.Governs, func(rest []scenario.Govern) bool {
		return k.try(func(s *scenario.Scenario) { s.Governs = rest })
	})
	minimise(k.best.Scenario.Load, func(rest []scenario.Load) bool {
		return k.try(func(s *scenario.Scenario) { s.Load = rest })
	})
}

// narrowNodes lets attacks, faults, churn and load have fewer nodes.
func narrowNodes(k *shrinker) {
	for n, selector := range selectors(k.best.Scenario) {
		nodes, fixed := nodesOf(k.best.Scenario, *selector)
		if !fixed {
			continue
		}
		minimise(nodes, func(rest []int) bool {
			return len(rest) > 0 && k.try(func(s *scenario.Scenario) { *selectors(s)[n] = selectorOf(rest) })
		})
	}
}

// gatherNodes lets attacks, faults, churn and loads have the first nodes, or else the first gateways, so that fewer are needed
// in all.
func gatherNodes(k *shrinker) {
	for n, selector := range selectors(k.best.Scenario) {
		nodes, fixed := nodesOf(k.best.Scenario, *selector)
		committee := k.best.Scenario.Network.Committee
		if !fixed || nodes[len(nodes)-1] == len(nodes)-1 {
			continue
		}
		for _, first := range []int{0, committee} {
			if first+len(nodes) > k.best.Scenario.Network.Nodes {
				continue
			}
			to := selectorOf(numbers(first, first+len(nodes)))
			if k.try(func(s *scenario.Scenario) { *selectors(s)[n] = to }) {
				break
			}
		}
	}
}

// dropNodes takes nodes out of the network. Those that remain are numbered anew.
func dropNodes(k *shrinker) {
	for _, selector := range selectors(k.best.Scenario) {
		if _, fixed := nodesOf(k.best.Scenario, *selector); !fixed {
			return // who is drawn depends on how many there are
		}
	}
	whole := k.best.Scenario
	minimise(numbers(0, whole.Network.Nodes), func(rest []int) bool {
		return len(rest) > 0 && k.try(func(s *scenario.Scenario) { *s = *withNodes(whole, rest) })
	})
}

// withNodes returns a scenario that has only some of the nodes, which are numbered anew. What was about others only is left
// out; where there are too few nodes for the connections of each, all are connected.
func withNodes(s *scenario.Scenario, nodes []int) *scenario.Scenario {
	c := s.Clone()
	for _, selector := range selectors(c) {
		*selector = renumbered(s, *selector, nodes)
	}
	c.Attacks = slices.DeleteFunc(c.Attacks, func(a scenario.Attack) bool { return a.Nodes == "" })
	c.Faults = slices.DeleteFunc(c.Faults, func(f scenario.Fault) bool { return f.Nodes == "" })
	c.Churn = slices.DeleteFunc(c.Churn, func(c scenario.Churn) bool { return c.Nodes == "" })
	c.Load = slices.DeleteFunc(c.Load, func(l scenario.Load) bool { return l.Nodes == "" })
	c.Joins = slices.DeleteFunc(c.Joins, func(j scenario.Join) bool { return j.Nodes == "" })
	c.Leaves = slices.DeleteFunc(c.Leaves, func(l scenario.Leave) bool { return l.Nodes == "" })
	c.Governs = slices.DeleteFunc(c.Governs, func(g scenario.Govern) bool { return isAboutNodes(g.Verb) && g.Nodes == "" })
	members, _ := slices.BinarySearch(nodes, s.Network.Committee)
	c.Network.Nodes, c.Network.Committee = len(nodes), members
	if len(s.Network.Weights) > 0 {
		c.Network.Weights = c.Network.Weights[:0]
		for _, member := range nodes[:members] {
			c.Network.Weights = append(c.Network.Weights, s.Network.Weights[member])
		}
	}
	if t := &c.Topology; t.Degree >= len(nodes) || t.Degree*len(nodes)%2 != 0 {
		t.Kind = scenario.TopologyComplete
	}
	return c
}

// renumbered returns those that a selector names of the remaining nodes, by their new numbers.
func renumbered(s *scenario.Scenario, selector scenario.Selector, nodes []int) scenario.Selector {
	named, _ := nodesOf(s, selector)
	var left []int
	for number, old := range nodes {
		if _, is := slices.BinarySearch(named, old); is {
			left = append(left, number)
		}
	}
	return selectorOf(left)
}

// isAboutNodes reports whether a proposal names nodes.
func isAboutNodes(verb string) bool {
	return verb == scenario.GovernSeat || verb == scenario.GovernRemove
}
