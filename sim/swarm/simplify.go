package swarm

import "github.com/ledgerofthings/lot/sim/scenario"

// simplifications make one thing of a scenario as simple as it gets. Each is tried by itself.
var simplifications = []func(s, defaults *scenario.Scenario){
	func(s, d *scenario.Scenario) { s.Gossip = d.Gossip },
	func(s, d *scenario.Scenario) { s.CPU = d.CPU },
	func(s, d *scenario.Scenario) { s.Disk = d.Disk },
	func(s, _ *scenario.Scenario) { s.Topology.Kind = scenario.TopologyComplete },
	func(s, _ *scenario.Scenario) { s.Network.Weights = nil },
	func(s, d *scenario.Scenario) { s.Network.Approvals = d.Network.Approvals },
	func(s, d *scenario.Scenario) { s.Network.Pace = d.Network.Pace },
	func(s, d *scenario.Scenario) { s.Network.Balance = d.Network.Balance },
	func(s, d *scenario.Scenario) {
		s.Network.BatchCount, s.Network.BatchWindow = d.Network.BatchCount, d.Network.BatchWindow
	},
	func(s, d *scenario.Scenario) { s.Network.EpochRounds = d.Network.EpochRounds },
	func(s, d *scenario.Scenario) { s.Network.EpochEvents = d.Network.EpochEvents },
	func(s, d *scenario.Scenario) { s.Network.Keep = d.Network.Keep },
	constantDelay,
	func(s, _ *scenario.Scenario) { s.Links.Loss = 0 },
	func(s, _ *scenario.Scenario) { s.Links.Duplicate = 0 },
	func(s, _ *scenario.Scenario) { s.Links.Reorder = 0 },
	func(s, _ *scenario.Scenario) { s.Links.Jitter = 0 },
	func(s, _ *scenario.Scenario) { s.Links.Up, s.Links.Down = 0, 0 },
}

// constantDelay lets all messages take the same, but for what befalls some of them.
func constantDelay(s, defaults *scenario.Scenario) {
	old := s.Links
	s.Links = defaults.Links
	s.Links.Model = scenario.LinksConstant
	s.Links.Jitter, s.Links.Loss, s.Links.Duplicate, s.Links.Reorder = old.Jitter, old.Loss, old.Duplicate, old.Reorder
	s.Links.Up, s.Links.Down = old.Up, old.Down
}

// leastRate is the rate of a load that is not lowered any more, a second.
const leastRate = 0.1

// simplify makes links, machines, weights and loads simple.
func simplify(k *shrinker) {
	defaults := scenario.Defaults()
	for _, change := range simplifications {
		k.try(func(s *scenario.Scenario) { change(s, &defaults) })
	}
	for n := range k.best.Scenario.Attacks {
		k.try(func(s *scenario.Scenario) { s.Attacks[n].Params = nil })
	}
	for n := range k.best.Scenario.Load {
		k.try(func(s *scenario.Scenario) { s.Load[n].Devices = scenario.DefaultLoad().Devices })
		k.try(func(s *scenario.Scenario) { s.Load[n].Process = scenario.ProcessRegular })
		repeat(k, func(s *scenario.Scenario) {
			if l := &s.Load[n]; l.Rate > 2*leastRate {
				l.Rate /= 2
			}
		})
	}
}
