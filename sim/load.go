package sim

import (
	"fmt"
	"math"
	"slices"

	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/sim/queue"
	"github.com/ledgerofthings/lot/sim/scenario"
)

// loadPlan is one load of the scenario, spread over its nodes: each has a clock of its own.
type loadPlan struct {
	*scenario.Load
	until uint64
	mean  float64             // µs between two pieces of work of one node
	trace map[uint32][]uint64 // by node: when it has work, if a trace says so
}

// planLoads reads the loads and enters each node's first piece of work.
func (w *world) planLoads() error {
	for i := range w.scenario.Load {
		l := &loadPlan{Load: &w.scenario.Load[i], until: uint64(w.scenario.Load[i].Until)}
		if l.until == 0 {
			l.until = uint64(w.scenario.Duration)
		}
		w.loads = append(w.loads, l)
	}
	return nil
}

// startLoads enters each node's first piece of work.
func (w *world) startLoads() error {
	for i, l := range w.loads {
		nodes, err := w.choose(l.Nodes, "load", i)
		if err != nil {
			return fmt.Errorf("load %d: %w", i+1, err)
		}
		if l.Process == "trace" {
			if err := w.startTrace(i, l); err != nil {
				return err
			}
			continue
		}
		l.mean = float64(len(nodes)) * 1e6 / l.Rate
		for place, number := range nodes {
			s, n := w.shardOf(uint32(number)), w.node(uint32(number))
			first := uint64(l.From) + uint64(l.mean*float64(place)/float64(len(nodes)))
			if l.Process != "regular" {
				first = uint64(l.From) + l.pause(s, n)
			}
			s.pushLoad(n, l, i, first, 0)
		}
	}
	return nil
}

func (w *world) startTrace(i int, l *loadPlan) error {
	l.trace = map[uint32][]uint64{}
	err := scenario.ReadLoadTrace(w.scenario.Path(l.File), w.scenario.Network.Nodes, func(at scenario.Duration, number int) {
		l.trace[uint32(number)] = append(l.trace[uint32(number)], uint64(at))
	})
	if err != nil {
		return fmt.Errorf("load %d: %w", i+1, err)
	}
	for number := range uint32(w.scenario.Network.Nodes) {
		if times := l.trace[number]; len(times) > 0 {
			slices.Sort(times)
			w.shardOf(number).pushLoad(w.node(number), l, i, times[0], 0)
		}
	}
	return nil
}

// pause draws how long it takes until a node's next piece of work.
func (l *loadPlan) pause(s *shard, n *node) uint64 {
	if l.Process == "regular" {
		return uint64(l.mean)
	}
	d := draw(s.random(n))
	return uint64(-math.Log(1-d.unit()) * l.mean)
}

// pushLoad enters a node's next piece of work, unless the load is over by then. count is how many there were before.
func (s *shard) pushLoad(n *node, l *loadPlan, number int, at uint64, count uint32) {
	if at < l.until {
		s.push(n, at, kindLoad, uint32(number), count)
	}
}

// load gives a node a piece of work and enters the next.
func (s *shard) load(n *node, item *queue.Item) {
	l := s.world.loads[item.Ref]
	next := item.Arg + 1
	if l.trace == nil {
		s.pushLoad(n, l, int(item.Ref), item.At+max(1, l.pause(s, n)), next)
	} else if times := l.trace[n.number]; int(next) < len(times) {
		s.pushLoad(n, l, int(item.Ref), times[next], next)
	}
	if !n.up || n.deaf {
		return
	}
	if l.Kind == "reading" {
		s.read(n, l, item.At)
		return
	}
	s.transfer(n, item.At)
}

// ticket is what every request of the simulator carries, so that the engine answers it.
const ticket = 1

// transfer lets a node pay another.
func (s *shard) transfer(n *node, at uint64) {
	selves := s.world.founding.selves
	to := selves[(uint64(n.number)+1+s.random(n)%uint64(max(1, len(selves)-1)))%uint64(len(selves))].Account
	s.step(n, at, engine.Transfer{Ticket: ticket, To: to, Amount: 1})
	_ = s.countRefusals()
}

// countRefusals counts what the engine refused in the step before.
func (s *shard) countRefusals() (refusal *engine.Refusal) {
	for _, r := range s.effects.Replies {
		if r.Refusal != nil {
			s.measured.totals.Refused++
			refusal = r.Refusal
		}
	}
	return refusal
}
