package swarm

import "github.com/ledgerofthings/lot/sim/scenario"

// network draws who takes part.
func (g *generator) network() {
	d, n := g.dice(streamNetwork), &g.Network
	n.Committee = d.between(minCommittee, maxCommittee)
	n.Nodes = n.Committee // a network of members only, as the first ones are
	if d.chance(0.85) {
		n.Nodes = d.between(n.Committee, maxNodes)
	}
	n.Weights = drawWeights(d, n.Committee)
	n.Approvals = one(d, 2, 2, 2, 3, 4, 8)
	if d.chance(0.5) {
		n.Pace = d.span(20*scenario.Millisecond, 500*scenario.Millisecond)
	}
	if d.chance(0.15) {
		n.Balance = 20 // accounts run dry
	}
	n.MaxRate = uint64(d.scale(150, 300)) // so that a flood has an end
	n.BatchCount = int(d.scale(1, 1000))
	n.BatchWindow = d.span(50*scenario.Millisecond, 5*scenario.Second)
}

// drawWeights draws the members' weights; nil for 1 each.
func drawWeights(d dice, members int) []uint64 {
	weights := make([]uint64, members)
	switch d.IntN(5) {
	case 0, 1:
		return nil
	case 2: // as people choose them
		for n := range weights {
			weights[n] = uint64(d.between(1, 5))
		}
	case 3: // far apart: some members decide nothing, few decide all
		for n := range weights {
			weights[n] = uint64(d.scale(1, 1000))
		}
	case 4: // one member has just less than a third, so that it may be faulty alone and nobody with it
		total := uint64(0)
		for n := range weights {
			weights[n] = uint64(d.between(2, 5))
			total += weights[n]
		}
		heavy := d.IntN(members)
		weights[heavy] = (total - weights[heavy] - 1) / 2
	}
	return weights
}

// fewestPeers is how many peers each node has at least: one that restarts issues nothing before three have told it how far its
// own chain goes.
const fewestPeers = 4

// topology draws who is connected to whom.
func (g *generator) topology() {
	d, t, nodes := g.dice(streamTopology), &g.Topology, g.Network.Nodes
	t.Kind = one(d, scenario.TopologyComplete, scenario.TopologyRandomRegular, scenario.TopologySmallWorld)
	switch {
	case t.Kind == scenario.TopologySmallWorld && nodes > 2*fewestPeers:
		t.Degree, t.Rewire = 2*fewestPeers, d.share(1) // a node keeps half of its connections at least
	case t.Kind == scenario.TopologyRandomRegular && nodes > fewestPeers:
		t.Degree = d.between(fewestPeers, min(8, nodes-1))
		t.Degree += t.Degree * nodes % 2 // nodes is odd then, so the degree stays below it
	default:
		t.Kind = scenario.TopologyComplete
	}
}

// machines draws processors, disks and how they gossip.
func (g *generator) machines() {
	d, gossip := g.dice(streamMachines), &g.Gossip
	g.CPU.Slow = one[float64](d, 1, 1, 1, 4, 15)
	g.Disk.Sync = d.span(0, 20*scenario.Millisecond)
	if d.chance(0.7) {
		return
	}
	gossip.D = d.between(2, 8)
	gossip.Low, gossip.High = d.between(1, gossip.D), gossip.D+d.between(0, 4)
	gossip.Lazy = d.between(0, 6)
	gossip.Heartbeat = d.span(200*scenario.Millisecond, scenario.Second)
	gossip.FloodPublish = d.chance(0.5)
}

// links draws how long messages take and what befalls them all the time. What is worse comes as a fault, and ends.
func (g *generator) links() {
	d, l := g.dice(streamLinks), &g.Links
	l.Model = one(d, scenario.LinksConstant, scenario.LinksUniform, scenario.LinksNormal, scenario.LinksLognormal, scenario.LinksCities)
	l.Min = d.span(scenario.Millisecond, 5*scenario.Millisecond)
	l.Delay = l.Min + scenario.Duration(d.scale(1, 200))*scenario.Millisecond
	l.Max = l.Delay + scenario.Duration(d.scale(1, 200))*scenario.Millisecond
	l.Deviation = d.scale(0.05, 1)
	l.PerLink = d.chance(0.3)
	l.Jitter = d.share(1)
	l.Loss = d.share(0.05)
	l.Duplicate = d.share(0.1)
	l.Reorder = d.share(0.3)
	if d.chance(0.2) {
		l.Up, l.Down = uint64(d.scale(2_000, 100_000)), uint64(d.scale(2_000, 100_000))
	}
}

// load draws what there is to do until the trouble is over: transfers, readings or both.
func (g *generator) load() {
	d := g.dice(streamLoad)
	kinds := one(d, []string{scenario.LoadTransfer}, []string{scenario.LoadReading}, []string{scenario.LoadTransfer, scenario.LoadReading})
	for _, kind := range kinds {
		l := scenario.DefaultLoad()
		l.Kind, l.Rate = kind, d.scale(0.2, 10)
		l.Process = one(d, scenario.ProcessPoisson, scenario.ProcessRegular)
		l.From = d.span(2*scenario.Second, quietStart)
		l.Until = g.heal - d.span(0, (g.heal-quietStart)/2)
		switch {
		case d.chance(0.25):
			l.Nodes = selectorOf(g.crowd(d, g.all()))
		case d.chance(0.25) && len(g.gateways()) > 0:
			l.Nodes = selectorOf(g.gateways())
		default:
			l.Nodes = selectorOf(g.all())
		}
		if kind == scenario.LoadReading {
			l.Devices = d.between(1, 3)
		}
		g.Load = append(g.Load, l)
	}
}
