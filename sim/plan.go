package sim

import (
	"fmt"

	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/sim/attack"
	"github.com/ledgerofthings/lot/sim/report"
)

// lookEvery is the time, in µs, between two looks at all nodes for the table of seconds.
const lookEvery = 1_000_000

// plan enters all that will happen between windows into the agenda, and the first work of the nodes into the queues.
func (w *world) plan() error {
	w.agenda.enter(0, (*world).connectAll)
	for _, plan := range []func() error{w.startLoads, w.planMembers, w.planProposals, w.planFaults, w.planChurn, w.planChecks} {
		if err := plan(); err != nil {
			return err
		}
	}
	for number, a := range w.attackOf {
		if a != nil {
			w.agenda.enter(uint64(a.plan.From), func(w *world) { w.takeOver(uint32(number)) })
		}
	}
	w.agenda.enter(w.restAt(), (*world).weigh)
	w.agenda.enter(lookEvery, (*world).look)
	return nil
}

// connectAll connects all neighbours at the start.
func (w *world) connectAll() {
	for a, peers := range w.graph {
		for _, b := range peers {
			if uint32(a) < b {
				w.connectPair(uint32(a), b, 1, dialAtFirst)
			}
		}
	}
}

// planAttacks decides which nodes take part in which attack. A node that two attacks name takes part in the first.
func (w *world) planAttacks() error {
	w.attackOf = make([]*assault, w.scenario.Network.Nodes)
	for i := range w.scenario.Attacks {
		a := &w.scenario.Attacks[i]
		kind, err := attack.Find(a.Kind)
		if err != nil {
			return fmt.Errorf("attack %d: %w", i+1, err)
		}
		nodes, err := w.choose(a.Nodes, "attack", i)
		if err != nil {
			return fmt.Errorf("attack %d: %w", i+1, err)
		}
		for _, number := range nodes {
			if w.attackOf[number] == nil {
				w.attackOf[number] = &assault{plan: a, kind: kind, number: i, others: nodes}
			}
		}
		w.outcome.timeline = append(w.outcome.timeline, report.Moment{
			At: uint64(a.From), Until: uint64(a.Until), Node: -1, Kind: report.MomentAttack, What: fmt.Sprintf("%s (%s)", a.Kind, a.Nodes),
		})
	}
	return nil
}

// note enters a fault into the timeline.
func (w *world) note(f *fault) {
	m := report.Moment{At: uint64(f.At), Node: -1, Kind: report.MomentFault, What: f.describe()}
	if f.For > 0 {
		m.Until = uint64(f.At + f.For)
	}
	if len(f.nodes) == 1 {
		m.Node = f.nodes[0]
	}
	w.outcome.timeline = append(w.outcome.timeline, m)
}

// setFull tells a node whether its disk has room for readings.
func (w *world) setFull(n *node, full bool) {
	n.disk.Full(full)
	if !n.up || n.deaf {
		return
	}
	s := w.shardOf(n.number)
	s.now = w.now
	s.step(n, w.now, engine.Disk{Full: full, Why: "the simulated disk is full"})
}
