package swarm

import "github.com/ledgerofthings/lot/sim/scenario"

// weatherKinds are the faults that any number of nodes have to bear.
var weatherKinds = []string{
	scenario.FaultCrash, scenario.FaultCrash, scenario.FaultPartition, scenario.FaultPartition, scenario.FaultLoss, scenario.FaultDelay,
	scenario.FaultSkew, scenario.FaultSlowDisk, scenario.FaultFullDisk,
}

// weather draws what fails and comes back: none in a quarter of all runs, up to eight.
func (g *generator) weather() {
	d := g.dice(streamFaults)
	count := 0
	if d.chance(0.75) {
		count = d.between(1, 8)
	}
	for range count {
		f := scenario.Fault{Kind: one(d, weatherKinds...), Nodes: selectorOf(g.crowd(d, g.all()))}
		f.At, f.For = g.during(d, 50*scenario.Millisecond, 30*scenario.Second)
		switch f.Kind {
		case scenario.FaultCrash:
			f.Amount = d.share(1)
		case scenario.FaultPartition:
			f.Nodes = selectorOf(d.some(g.all(), d.between(1, g.Network.Nodes-1)))
		case scenario.FaultLoss:
			f.Amount = d.scale(0.01, 1)
		case scenario.FaultDelay:
			f.Amount = d.scale(1.5, 50)
		case scenario.FaultSkew:
			f.Amount = one(d, -1.0, 1.0) * d.scale(1, 30_000)
		case scenario.FaultSlowDisk:
			f.Amount = d.scale(1, 1000)
		}
		g.Faults = append(g.Faults, f)
	}
}

// churn lets some nodes come and go, of all in a third of the cases.
func (g *generator) churn() {
	d, from := g.dice(streamChurn), g.gateways()
	if len(from) == 0 || d.chance(0.35) {
		from = g.all()
	}
	if d.chance(0.7) {
		return
	}
	c := scenario.DefaultChurn()
	c.Kind, c.Nodes = one(d, scenario.ChurnExponential, scenario.ChurnWeibull), selectorOf(g.crowd(d, from))
	c.Up, c.Down = d.span(scenario.Second, scenario.Minute), d.span(100*scenario.Millisecond, 20*scenario.Second)
	c.Shape = d.scale(0.4, 2)
	c.From, c.Until = quietStart, g.heal
	g.Churn = append(g.Churn, c)
}
