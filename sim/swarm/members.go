package swarm

import (
	"slices"

	"github.com/ledgerofthings/lot/sim/scenario"
)

// epochs draws how long epochs are, and what nodes keep of them: in most runs several pass, in many a node that was away for some seconds
// has missed more than others keep.
func (g *generator) epochs() {
	d, n := g.dice(streamEpochs), &g.Network
	if d.chance(0.2) {
		return
	}
	n.EpochRounds = uint64(d.between(20, 60))
	if d.chance(0.3) {
		n.EpochEvents = uint64(d.scale(1000, 3000)) // a genesis allows no less; what is void must fit into the next epochs
	}
	n.Keep = one(d, n.Keep, 20*scenario.Second, 10*scenario.Second, 2*scenario.Second)
	n.Admissions = uint64(d.between(1, 6))
}

// spare returns the gateways that neither attack nor have another part in membership.
func (g *generator) spare(taken ...[]int) []int {
	return slices.DeleteFunc(g.gateways(), func(n int) bool {
		return slices.Contains(g.attacker, n) || slices.Contains(slices.Concat(taken...), n)
	})
}

// newcomers lets some gateways join in the midst of all trouble, and some leave.
func (g *generator) newcomers() {
	d := g.dice(streamMembers)
	spare := g.spare()
	if len(spare) > 0 && d.chance(0.5) {
		coming := g.crowd(d, spare)
		j := scenario.DefaultJoin()
		j.Nodes = selectorOf(coming)
		j.At, j.Within = g.during(d, scenario.Second, 20*scenario.Second)
		if d.chance(0.3) {
			j.Within = 0
		}
		g.Joins = append(g.Joins, j)
		spare = g.spare(coming)
	}
	g.promoted = d.some(spare, min(len(spare), d.between(0, 2)))
	if rest := g.spare(spare[:0], g.promoted); len(rest) > 3 && d.chance(0.3) {
		at, _ := g.during(d, scenario.Second, scenario.Second)
		g.Leaves = append(g.Leaves, scenario.Leave{Nodes: selectorOf(d.some(rest, 1)), At: at})
	}
}

// decisions lets the committee give seats to gateways that behave, weigh them anew, and change parameters and the version. No honest
// member loses its seat by them, so that those who attack never weigh more than a third.
func (g *generator) decisions() {
	d := newDice(g.dice(streamMembers).Uint64(), streamMembers)
	add := func(p scenario.Govern) {
		defaults := scenario.DefaultGovern()
		p.By, p.Approvers = defaults.By, defaults.Approvers
		p.At, _ = g.during(d, scenario.Second, scenario.Second)
		g.Governs = append(g.Governs, p)
	}
	for range len(g.promoted) {
		weights := weightsOf(g.Scenario)
		weight := slices.Min(weights)
		add(scenario.Govern{Verb: scenario.GovernSeat, Nodes: selectorOf(g.promoted), Weight: weight})
	}
	if d.chance(0.3) {
		add(scenario.Govern{Verb: scenario.GovernParameter, Name: "pace_ms", Value: uint64(d.between(20, 300))})
	}
	if d.chance(0.3) {
		add(scenario.Govern{Verb: scenario.GovernVersion, Value: 2})
	}
}
