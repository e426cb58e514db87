package scenario

import (
	"reflect"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/node/engine"
)

// Defaults returns what holds for every key that a scenario leaves out. Name, duration and the number of nodes have no
// default, and nothing happens in it: there is no load, churn, fault or attack.
func Defaults() Scenario {
	return Scenario{
		Version: Version,
		Seed:    1,
		Network: Network{
			Committee:   7,
			Approvals:   dag.MinApproves,
			MaxRate:     1000,
			Balance:     1_000_000,
			TipAge:      Duration(dag.DefaultLimits.TipAge) * Millisecond,
			BatchCount:  engine.DefaultPolicy.BatchCount,
			BatchWindow: Duration(engine.DefaultPolicy.BatchWindow) * Millisecond,
			EpochRounds: governance.DefaultParameters().EpochRounds,
			EpochEvents: governance.DefaultParameters().EpochEvents,
			Admissions:  governance.DefaultParameters().Admissions,
			Keep:        Duration(engine.DefaultPolicy.Keep) * Millisecond,
		},
		Topology: Topology{Kind: TopologyRandomRegular, Degree: 8, Rewire: 0.1},
		Links:    defaultLinks(),
		Gossip:   defaultGossip(),
		CPU:      defaultCPU(),
		Disk:     Disk{Sync: 2 * Millisecond},
	}
}

// defaultLinks are gateways in ten cities behind ordinary access lines. Paths of the Internet are about twice as long as the
// great circle (Singla and others, "The Internet at the Speed of Light", HotNets 2014).
func defaultLinks() Links {
	return Links{
		Model: LinksCities, Stretch: 2, Access: 10 * Millisecond,
		Delay: 50 * Millisecond, Min: Millisecond, Max: 100 * Millisecond, Deviation: 0.2,
	}
}

// defaultGossip is what package mesh sets, where it differs from gossipsub's own defaults, and these elsewhere.
func defaultGossip() Gossip {
	return Gossip{
		D: 4, Low: 3, High: 6, Lazy: 6, Factor: 0.25,
		Heartbeat: 500 * Millisecond, HistoryLength: 10, HistoryGossip: 6, Seen: Minute, IDontWant: 16 << 10,
	}
}

// defaultCPU is what the node's benchmarks take on one core of a small server.
func defaultCPU() CPU {
	return CPU{Verify: 50 * Microsecond, Event: 25 * Microsecond, Duplicate: 2 * Microsecond, Message: 20 * Microsecond, Slow: 1}
}

// DefaultLoad returns what holds for every key that a load leaves out. Kind and rate have no default.
func DefaultLoad() Load {
	return Load{Process: ProcessPoisson, Nodes: "all", Devices: 1}
}

// DefaultChurn returns what holds for every key that a churn leaves out: gateways that stay for ten minutes and are away for one
// in the mean. Times of stay that are measured in peer-to-peer networks fit a Weibull distribution of a shape near 0.5
// (Stutzbach and Rejaie, "Understanding Churn in Peer-to-Peer Networks", IMC 2006).
func DefaultChurn() Churn {
	return Churn{Nodes: "gateways", Kind: ChurnExponential, Up: 10 * Minute, Down: Minute, Shape: 0.5}
}

// DefaultJoin returns what holds for every key that a join leaves out.
func DefaultJoin() Join { return Join{Sponsors: "committee"} }

// DefaultGovern returns what holds for every key that a proposal leaves out.
func DefaultGovern() Govern { return Govern{By: "committee", Approvers: "all"} }

// newElement returns an element of a list of tables with its defaults.
func newElement(t reflect.Type) reflect.Value {
	element := reflect.New(t).Elem()
	switch t {
	case reflect.TypeFor[Load]():
		element.Set(reflect.ValueOf(DefaultLoad()))
	case reflect.TypeFor[Churn]():
		element.Set(reflect.ValueOf(DefaultChurn()))
	case reflect.TypeFor[Join]():
		element.Set(reflect.ValueOf(DefaultJoin()))
	case reflect.TypeFor[Govern]():
		element.Set(reflect.ValueOf(DefaultGovern()))
	}
	return element
}
