package sim

import (
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
)

// bucket is what a node remembers of a key: what it may still spend, and how far its events are known.
type bucket struct {
	spent uint32 // thousandths of an event that are not back yet
	at    uint32 // ms of virtual time, as of when
	held  uint32 // the highest number of the key's events that is in the node's graph
}

// take takes an event and reports whether there was one left.
func (b *bucket) take(ms uint32, rate, burst uint64) bool {
	back := uint64(ms-b.at) * rate
	b.spent -= uint32(min(uint64(b.spent), back))
	b.at = ms
	if uint64(b.spent)+1000 > burst*1000 {
		return false
	}
	b.spent += 1000
	return true
}

// accepts reports whether the node takes a message and forwards it.
func (s *shard) accepts(n *node, m *message, at uint64) bool {
	if m.verdict != accepted {
		return false
	}
	ms := uint32(at / 1000)
	if m.topic == topicCheckpoints {
		return s.acceptsSignature(n, m.cosigned, ms)
	}
	epoch := n.engine.Rules().Epoch()
	if m.event.Epoch() < epoch || !n.admits(m.event.Key()) {
		return false // void, or of somebody that the node does not know
	}
	b := n.rates.bucket(m.chain)
	if m.event.Epoch() == epoch && m.event.Seq() <= uint64(b.held) {
		return false // an old event, or the other half of a fork, which the exchange brings
	}
	rate := n.engine.Network().MaxRate
	return b.take(ms, rate, rate*engine.RateBurst)
}

// acceptsSignature takes what tells something new: of the epoch that the node is in a larger log than a quorum has signed, of the one
// before how it ended.
func (s *shard) acceptsSignature(n *node, c *cosigned, ms uint32) bool {
	signers := n.engine.Signers()
	if c.Epoch == signers.Current.Epoch && c.Head.Size <= n.signed {
		return false
	}
	if _, holds := c.verify(signers); !holds {
		return false
	}
	number := uint32(c.Member)*2 + uint32(c.Epoch%2)
	return n.signers.bucket(number).take(ms, engine.SigningRate, engine.SigningBurst)
}

// admits reports whether a key may issue events as far as the node knows: since the epoch began, or as a guest that came in it.
func (n *node) admits(key dag.Key) bool {
	if _, guest := n.guests[key]; guest {
		return true
	}
	_, member := n.engine.Network().Members[key]
	return member
}

// buckets are what keys may spend at a node, by their numbers.
type buckets []bucket

func (b *buckets) bucket(number uint32) *bucket {
	for int(number) >= len(*b) {
		*b = append(*b, bucket{})
	}
	return &(*b)[number]
}
