package sim

import (
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/sim/gossip"
)

// The topics of gossip, as numbers.
const (
	topicEvents      = gossip.Events
	topicCheckpoints = gossip.Checkpoints
)

func topicNumber(t engine.Topic) uint8 {
	if t == engine.TopicCheckpoints {
		return topicCheckpoints
	}
	return topicEvents
}

// message is a gossip message as one shard knows it: decoded and checked once for all its nodes.
type message struct {
	id       dag.ID // of its content and topic
	data     []byte
	topic    uint8
	verdict  verdict
	issued   bool   // it was counted as issued by a node of this shard
	chain    uint32 // number of the issuing key in this shard, for rates
	event    dag.Verified
	cosigned *cosigned // nil for an event
}

// cosigned is a member's signature on a checkpoint, and whether it holds by the committee that it was checked against last: nodes in one
// epoch share that.
type cosigned struct {
	proof.Cosignature
	by       *proof.Member // the first of that committee
	holds    bool
	verified proof.VerifiedCosignature
}

// verify checks the signature as a node does that knows these committees.
func (c *cosigned) verify(signers engine.Signers) (v proof.VerifiedCosignature, holds bool) {
	committee, ok := signers.Of(c.Epoch)
	if !ok {
		return v, false
	}
	if by := &committee.Members[0]; c.by != by {
		var err error
		c.verified, err = c.Verify(committee)
		c.by, c.holds = by, err == nil
	}
	return c.verified, c.holds
}

// verdict is what every honest node says of a message, whatever else it knows.
type verdict uint8

const (
	accepted verdict = iota
	malformed
	foreign
	forged
)

// Messages are kept in chunks under a list of fixed length, so that another shard may read those that are there while
// new ones come. What is older than anybody remembers is let go of, chunk by chunk.
const (
	messageChunk  = 1 << 10
	messageChunks = 1 << 20
)

// messageTable numbers the messages that a shard knows.
type messageTable struct {
	chunks [messageChunks]*[messageChunk]message
	count  uint32
	first  uint32 // those before it are forgotten
	byID   map[dag.ID]uint32
	ages   []messageAge
}

// messageAge says how many messages there were at a time, in µs.
type messageAge struct {
	at    uint64
	count uint32
}

func (t *messageTable) at(n uint32) *message { return &t.chunks[n/messageChunk][n%messageChunk] }

// has reports whether a message is still known.
func (t *messageTable) has(n uint32) bool { return n >= t.first }

func (t *messageTable) add(m message) uint32 {
	n := t.count
	if n%messageChunk == 0 {
		t.chunks[n/messageChunk] = new([messageChunk]message)
	}
	*t.at(n) = m
	t.byID[m.id] = n
	t.count++
	return n
}

// forget lets go of the chunks whose messages were all there at least so long ago, in µs. It is told the time every so often.
func (t *messageTable) forget(now, age uint64) {
	t.ages = append(t.ages, messageAge{now, t.count})
	for len(t.ages) > 0 && t.ages[0].at+age <= now {
		for limit := t.ages[0].count; t.first+messageChunk <= limit; t.first += messageChunk {
			chunk := &t.chunks[t.first/messageChunk]
			for i := range *chunk {
				if n, ok := t.byID[(*chunk)[i].id]; ok && n == t.first+uint32(i) {
					delete(t.byID, (*chunk)[i].id)
				}
			}
			*chunk = nil
		}
		t.ages = t.ages[1:]
	}
}

// know returns the number of the message with that content, judging it if it is new here.
func (s *shard) know(topic uint8, data []byte) uint32 {
	id := contentID(topic, data)
	if n, ok := s.messages.byID[id]; ok {
		return n
	}
	return s.messages.add(s.judge(id, topic, data))
}

// contentID names a message by topic and content, as package mesh does.
func contentID(topic uint8, data []byte) dag.ID {
	id := dag.HashBlock(data)
	id[0] ^= topic
	return id
}

// judge decodes a message and checks its signature, as every node's validator does.
func (s *shard) judge(id dag.ID, topic uint8, data []byte) message {
	m := message{id: id, data: data, topic: topic}
	if topic == topicCheckpoints {
		m.cosigned = &cosigned{}
		var err error
		if m.cosigned.Cosignature, err = proof.DecodeCosignature(data); err != nil {
			m.verdict = malformed
		}
		return m
	}
	m.event, m.verdict = s.judgeEvent(dag.HashBlock(data), data)
	if m.verdict == accepted {
		m.chain = s.chainNumber(m.event.Key())
	}
	return m
}

// judgeEvent returns the event of a block. An event that the arena has is known to be valid.
func (s *shard) judgeEvent(id dag.ID, block []byte) (dag.Verified, verdict) {
	for _, known := range s.verified {
		if v, ok := known[id]; ok {
			return v, accepted
		}
	}
	event, err := dag.Decode(block)
	if err != nil {
		return dag.Verified{}, malformed
	}
	if event.Network() != s.world.founding.network.ID {
		return dag.Verified{}, foreign
	}
	v, err := dag.Verify(event)
	if err != nil {
		return dag.Verified{}, forged
	}
	s.keepVerified(id, v)
	return v, accepted
}

// chainNumber numbers the keys whose events this shard has seen.
func (s *shard) chainNumber(key dag.Key) uint32 {
	n, ok := s.chains[key]
	if !ok {
		n = uint32(len(s.chains))
		s.chains[key] = n
	}
	return n
}
