package sim

import (
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/sim/attack"
	"github.com/ledgerofthings/lot/sim/gossip"
	"github.com/ledgerofthings/lot/sim/queue"
)

// reaches reports whether what an item carries reaches the node: it runs and the connection stands. It counts the bytes and
// returns when the last of them is there.
func (s *shard) reaches(n *node, item *queue.Item) (at uint64, ok bool) {
	if !n.up || n.deaf || !n.connected(item.Source) {
		s.measured.totals.Lost++
		return 0, false
	}
	n.stats.bytesIn += uint64(item.Arg)
	return occupy(&n.lineDown, item.At, int(item.Arg), s.world.scenario.Links.Down), true
}

// arrive takes a copy of a gossip message: what is new is judged, forwarded and given to the engine.
func (s *shard) arrive(n *node, item *queue.Item) {
	at, ok := s.reaches(n, item)
	if !ok {
		return
	}
	w := s.world
	n.stats.copies++
	s.measured.totals.Copies++
	s.measured.second.Copies++
	if !s.messages.has(item.Ref) {
		return // older than anybody remembers
	}
	if !n.router.Receive(gossip.Message(item.Ref), at) {
		n.stats.duplicates++
		s.measured.second.Duplicates++
		n.charge(at, w.cpu.duplicate)
		return
	}
	m := s.messages.at(item.Ref)
	n.router.Announce(item.Topic, gossip.Message(item.Ref), len(m.data), item.Source, &s.controls)
	s.sendControls(n, at)
	at = n.charge(at, w.cpu.verify)
	if !s.accepts(n, m, at) {
		return
	}
	if f, ok := n.adversary.(attack.Forwarder); !ok || f.Forwards() {
		s.forward(n, at, item)
	}
	if item.Topic == topicCheckpoints {
		s.step(n, at, engine.Cosigned{Cosignature: m.cosigned.verified})
		return
	}
	at = n.charge(at, w.cpu.event)
	s.arrival[0] = m.event
	s.gossip = engine.Gossip{From: w.founding.names[item.Source], Events: s.arrival[:]}
	s.step(n, at, &s.gossip)
}

// forward passes a message on.
func (s *shard) forward(n *node, at uint64, item *queue.Item) {
	s.targets = n.router.Forward(item.Topic, gossip.Message(item.Ref), item.Source, s.targets[:0])
	for _, peer := range s.targets {
		s.sendCopy(n, peer, at, item.Ref, item.Hops+1)
	}
}

// control takes a control message of gossip.
func (s *shard) control(n *node, item *queue.Item) {
	p := s.parcels.take(item.Ref)
	at, ok := s.reaches(n, item)
	if !ok {
		return
	}
	s.resend = n.router.Handle(item.Source, &p.control, at, s.random(n), &s.controls, s.resend[:0])
	s.sendControls(n, at)
	for _, number := range s.resend {
		if !s.messages.has(uint32(number)) {
			continue
		}
		s.sendCopy(n, item.Source, at, uint32(number), 1)
	}
}

// heartbeat lets gossip mend the node's mesh and tell what it has.
func (s *shard) heartbeat(n *node, item *queue.Item) {
	if !n.up || item.Ref != n.life {
		return
	}
	n.router.Heartbeat(item.At, s.random(n), &s.controls)
	s.sendControls(n, item.At)
	s.push(n, item.At+uint64(s.world.scenario.Gossip.Heartbeat), kindHeartbeat, n.life, 0)
}

// wake tells the engine that the time has come that it asked for.
func (s *shard) wake(n *node, item *queue.Item) {
	if !n.up || item.Ref != n.life || item.At != n.wakeAt {
		return
	}
	n.wakeAt = 0
	s.step(n, item.At, engine.Wake{})
}

// random draws bits for a node.
func (s *shard) random(n *node) uint64 {
	n.sequence++
	d := drawOf(s.world.seed, n.number, n.sequence)
	return d.next()
}
