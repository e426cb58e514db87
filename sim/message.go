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
	cosigned proof.VerifiedCosignature
}

// verdict is what every honest node says of a message, whatever else it knows.
type verdict uint8

const (
	accepted verdict = iota
	malformed
	foreign
	forged
	notAdmitted
)

// Messages are kept in chunks under a list of fixed length, so that another shard may read those that are there while
// new ones come.
const (
	messageChunk  = 1 << 12
	messageChunks = 1 << 15
)

// messageTable numbers the messages that a shard knows.
type messageTable struct {
	chunks [messageChunks]*[messageChunk]message
	count  uint32
	byID   map[dag.ID]uint32
}

func (t *messageTable) at(n uint32) *message { return &t.chunks[n/messageChunk][n%messageChunk] }

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
		m.cosigned, m.verdict = s.judgeCosignature(data)
		m.chain = uint32(m.cosigned.Member)
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
	if v, ok := s.verified[id]; ok {
		return v, accepted
	}
	event, err := dag.Decode(block)
	if err != nil {
		return dag.Verified{}, malformed
	}
	if event.Network() != s.world.founding.network.ID {
		return dag.Verified{}, foreign
	}
	if _, member := s.world.founding.network.Members[event.Key()]; !member {
		return dag.Verified{}, notAdmitted
	}
	v, err := dag.Verify(event)
	if err != nil {
		return dag.Verified{}, forged
	}
	s.verified[id] = v
	return v, accepted
}

func (s *shard) judgeCosignature(data []byte) (proof.VerifiedCosignature, verdict) {
	c, err := proof.DecodeCosignature(data)
	if err != nil {
		return proof.VerifiedCosignature{}, malformed
	}
	v, err := c.Verify(s.world.founding.network.Cosigners)
	if err != nil {
		return proof.VerifiedCosignature{}, forged
	}
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
