package swarm

import "github.com/ledgerofthings/lot/sim/scenario"

// extremes adds what chance alone would hardly bring about, each in one of eight runs.
func (g *generator) extremes() {
	d := g.dice(streamExtremes)
	for _, extreme := range []func(dice){g.splitAtQuorum, g.blackout, g.committeeDown, g.hermit, g.rollingRestart} {
		if own := newDice(d.Uint64(), streamExtremes); own.chance(0.125) {
			extreme(own)
		}
	}
}

// splitAtQuorum cuts the network into two sides of which one has the least weight that decides, or the most that does not.
func (g *generator) splitAtQuorum(d dice) {
	decides := d.chance(0.5)
	side := extremeSet(weightsOf(g.Scenario), decides, func(of, total uint64) bool { return quorum(of, total) == decides && of < total })
	for _, n := range g.gateways() {
		if d.chance(0.5) {
			side = append(side, n)
		}
	}
	if len(side) == 0 || len(side) == g.Network.Nodes { // one member has all the weight that counts
		return
	}
	f := scenario.Fault{Kind: scenario.FaultPartition, Nodes: selectorOf(side)}
	f.At, f.For = g.during(d, 5*scenario.Second, maxTrouble)
	g.Faults = append(g.Faults, f)
}

// blackout takes the power from all nodes at once.
func (g *generator) blackout(d dice) { g.crashAll(d, g.all()) }

// committeeDown takes the whole committee down at once.
func (g *generator) committeeDown(d dice) { g.crashAll(d, g.members()) }

func (g *generator) crashAll(d dice, nodes []int) {
	f := scenario.Fault{Kind: scenario.FaultCrash, Nodes: selectorOf(nodes), Amount: d.share(1)}
	f.At, f.For = g.during(d, 100*scenario.Millisecond, 10*scenario.Second)
	g.Faults = append(g.Faults, f)
}

// hermit cuts one node off for most of the run.
func (g *generator) hermit(d dice) {
	trouble := g.heal - quietStart
	f := scenario.Fault{Kind: scenario.FaultPartition, Nodes: selectorOf([]int{d.IntN(g.Network.Nodes)})}
	f.At, f.For = g.during(d, trouble*4/5, trouble)
	g.Faults = append(g.Faults, f)
}

// rollingRestart restarts the members one after the other, as an update does.
func (g *generator) rollingRestart(d dice) {
	members := g.members()
	step := (g.heal - quietStart) / scenario.Duration(len(members))
	for n, member := range members {
		g.Faults = append(g.Faults, scenario.Fault{
			Kind: scenario.FaultCrash, Nodes: selectorOf([]int{member}), Amount: 1,
			At: quietStart + scenario.Duration(n)*step, For: d.span(50*scenario.Millisecond, step),
		})
	}
}
