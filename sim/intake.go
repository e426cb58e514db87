package sim

import "github.com/ledgerofthings/lot/node/engine"

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
		return m.cosigned.Head.Size > n.signed && n.signers.bucket(m.chain).take(ms, engine.SigningRate, engine.SigningBurst)
	}
	b := n.rates.bucket(m.chain)
	if m.event.Seq() <= uint64(b.held) {
		return false // an old event, or the other half of a fork, which the exchange brings
	}
	rate := s.world.founding.network.MaxRate
	return b.take(ms, rate, rate*engine.RateBurst)
}

// buckets are what keys may spend at a node, by their numbers.
type buckets []bucket

func (b *buckets) bucket(number uint32) *bucket {
	for int(number) >= len(*b) {
		*b = append(*b, bucket{})
	}
	return &(*b)[number]
}
