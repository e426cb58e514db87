package sim

import (
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/sim/gossip"
	"github.com/ledgerofthings/lot/sim/queue"
)

// parcel is a message between two nodes that is no copy of a gossip message.
type parcel struct {
	control gossip.Control
	message dag.Message // of the exchange
	reading []byte      // as a device would hand it to a gateway
	size    int         // bytes
}

// parcels holds those that are under way to nodes of this shard; places are used again.
type parcels struct {
	list []parcel
	free []uint32
}

func (p *parcels) put(v parcel) uint32 {
	if last := len(p.free) - 1; last >= 0 {
		n := p.free[last]
		p.free = p.free[:last]
		p.list[n] = v
		return n
	}
	p.list = append(p.list, v)
	return uint32(len(p.list) - 1)
}

func (p *parcels) take(n uint32) parcel {
	v := p.list[n]
	p.list[n] = parcel{}
	p.free = append(p.free, n)
	return v
}

// outbox is what one shard has for another at the end of a window. The Ref of a gossip item is the sender's message number,
// that of others a place in parcels.
type outbox struct {
	items   []queue.Item
	parcels []parcel
}

// importFrom takes over what another shard has for this one. It reads messages of the other, which keeps those it has.
func (s *shard) importFrom(other *shard) {
	box := &other.outboxes[s.number]
	for _, item := range box.items {
		switch item.Kind {
		case kindGossip:
			item.Ref = s.translate(other, item.Ref)
		case kindControl, kindExchange, kindSubmit:
			p := box.parcels[item.Ref]
			p.control.IDs = s.translateAll(other, p.control.IDs)
			item.Ref = s.parcels.put(p)
		}
		s.queue.Push(item)
	}
}

// clearOutbox empties what was taken over.
func (s *shard) clearOutbox(to int) {
	box := &s.outboxes[to]
	clear(box.parcels)
	box.items, box.parcels = box.items[:0], box.parcels[:0]
}

// translate returns this shard's number for a message of another.
func (s *shard) translate(other *shard, ref uint32) uint32 {
	known := s.imported[other.number]
	for int(ref) >= len(known) {
		known = append(known, 0)
	}
	s.imported[other.number] = known
	if known[ref] == 0 {
		m := other.messages.at(ref)
		known[ref] = s.know(m.topic, m.data) + 1
	}
	return known[ref] - 1
}

// translateAll translates a list that others may hold too.
func (s *shard) translateAll(other *shard, ids []gossip.Message) []gossip.Message {
	if len(ids) == 0 {
		return nil
	}
	out := make([]gossip.Message, len(ids))
	for i, id := range ids {
		out[i] = gossip.Message(s.translate(other, uint32(id)))
	}
	return out
}
