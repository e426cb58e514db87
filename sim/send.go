package sim

import (
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/sim/attack"
	"github.com/ledgerofthings/lot/sim/gossip"
	"github.com/ledgerofthings/lot/sim/queue"
)

// frameBytes is what one message costs on the line besides its content: the headers of gossip or of the stream, of the
// encryption, TCP and IP.
const frameBytes = 90

// publish gives a message to the node's mesh.
func (s *shard) publish(n *node, at uint64, b engine.Broadcast) {
	topic := topicNumber(b.Topic)
	number := s.know(topic, b.Data)
	s.issued(n, at, number)
	n.router.Announce(topic, gossip.Message(number), len(b.Data), gossip.Nobody, &s.controls)
	s.targets = n.router.Publish(topic, gossip.Message(number), at, s.targets[:0])
	s.sendControls(n, at)
	for _, peer := range s.targets {
		s.sendCopy(n, peer, at, number, 1)
	}
}

// whisper gives a message to some peers.
func (s *shard) whisper(n *node, at uint64, w attack.Whisper) {
	topic := topicNumber(w.Topic)
	number := s.know(topic, w.Data)
	s.issued(n, at, number)
	n.router.Receive(gossip.Message(number), at)
	for _, name := range w.Peers {
		if peer, ok := s.world.numberOf(name); ok && n.connected(peer) {
			s.sendCopy(n, peer, at, number, 1)
		}
	}
}

// sendCopy sends a gossip message to a peer.
func (s *shard) sendCopy(n *node, to uint32, at uint64, number uint32, hops uint16) {
	m := s.messages.at(number)
	item := queue.Item{Target: to, Ref: number, Kind: kindGossip, Topic: m.topic, Hops: hops}
	s.send(n, at, gossip.MessageSize(m.topic, len(m.data)), item, nil)
}

// sendControls sends the control messages that gossip wants sent, and forgets them.
func (s *shard) sendControls(n *node, at uint64) {
	var shared, copied []gossip.Message // the list that the last one had, and its copy: most go to several peers
	for i := range s.controls.Controls {
		c := s.controls.Controls[i]
		if len(c.IDs) > 0 {
			if !sameList(shared, c.IDs) {
				shared, copied = c.IDs, slices.Clone(c.IDs)
			}
			c.IDs = copied
		}
		s.sendControl(n, at, &c)
	}
	s.controls.Reset()
}

// sendControl sends one of them. Those for one peer arrive in the order in which they left, and none is lost, as on a stream.
func (s *shard) sendControl(n *node, at uint64, c *gossip.Control) {
	l := n.link(c.To)
	if l == nil || !l.up {
		return
	}
	p := parcel{control: *c, size: c.Size()}
	s.send(n, at, p.size, queue.Item{Target: c.To, Kind: kindControl}, &p)
}

func sameList(a, b []gossip.Message) bool { return len(a) == len(b) && len(a) > 0 && &a[0] == &b[0] }

// sendExchange sends a message of the graph exchange to the peer that the engine names.
func (s *shard) sendExchange(n *node, at uint64, out *engine.Send) {
	peer, ok := s.world.numberOf(out.Peer)
	if !ok {
		return
	}
	l := n.link(peer)
	if l == nil || !l.up {
		return
	}
	if out.Asks {
		l.asked++
	}
	p := parcel{message: out.Message, size: exchangeSize(out.Message)}
	s.send(n, at, p.size, queue.Item{Target: peer, Kind: kindExchange}, &p)
}

// exchangeSize returns about how many bytes a message of the exchange has when encoded.
func exchangeSize(m dag.Message) int {
	switch m := m.(type) {
	case *dag.Offer:
		return 32 + len(m.Digest) + len(m.Note)
	case *dag.Missing:
		size := 32 + 34*len(m.IDs)
		for i := range m.Heads {
			size += 90 + len(m.Heads[i].Sums)
		}
		return size
	case *dag.Inform:
		size := 32
		for _, b := range m.Blocks {
			size += 3 + len(b)
		}
		return size
	}
	return 0
}

// send puts what leaves a node at a time on its way. p is what the item carries unless it is a gossip message.
func (s *shard) send(n *node, at uint64, size int, item queue.Item, p *parcel) {
	w := s.world
	size += frameBytes
	n.sequence++
	d := drawOf(w.seed, n.number, n.sequence)
	n.stats.bytesOut += uint64(size)
	s.measured.sent(uint64(size))
	at = occupy(&n.lineUp, at, size, w.scenario.Links.Up)
	reliable := item.Kind == kindControl
	if w.air.cutOff(n.number, item.Target) || !reliable && w.loses(&d, n.number, item.Target) {
		s.measured.totals.Lost++
		return
	}
	item.Source, item.Seq = n.number, n.sequence
	item.At = at + w.delay(&d, n.number, item.Target)
	item.Arg = uint32(size)
	if reliable {
		l := n.link(item.Target)
		item.At = max(item.At, l.controls+1)
		l.controls = item.At
	}
	s.route(item, p)
	if !reliable && d.chance(w.scenario.Links.Duplicate) {
		n.sequence++
		item.Seq = n.sequence
		item.At += w.delay(&d, n.number, item.Target)
		s.route(item, p)
	}
}

// occupy lets a line carry so many bytes, once it is free, and returns when the last has passed.
func occupy(line *uint64, at uint64, size int, kbit uint64) uint64 {
	if kbit == 0 {
		return at
	}
	*line = max(*line, at) + uint64(size)*8000/kbit
	return *line
}

// route puts an item into the queue of the shard that owns its target.
func (s *shard) route(item queue.Item, p *parcel) {
	to := int(item.Target) % len(s.world.shards)
	if to == s.number {
		if p != nil {
			item.Ref = s.parcels.put(*p)
		}
		s.queue.Push(item)
		return
	}
	box := &s.outboxes[to]
	if p != nil {
		item.Ref = uint32(len(box.parcels))
		box.parcels = append(box.parcels, *p)
	}
	box.items = append(box.items, item)
}
