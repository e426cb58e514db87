package sim

import (
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/sim/queue"
)

// exchange takes a message of the graph exchange. As in package node, an answer that nobody asked for is not looked at.
func (s *shard) exchange(n *node, item *queue.Item) {
	p := s.parcels.take(item.Ref)
	at, ok := s.reaches(n, item)
	if !ok {
		return
	}
	at = n.charge(at, s.world.cpu.message)
	in := engine.Sync{From: s.world.founding.names[item.Source], Message: p.message}
	switch m := p.message.(type) {
	case *dag.Offer:
		in.Checkpoint = s.newerCheckpoint(n, m)
	case *dag.Inform:
		l := n.link(item.Source)
		if l.asked == 0 {
			return
		}
		l.asked--
		at = s.unpack(n, at, m, &in)
	}
	s.step(n, at, in)
}

// unpack checks the events that an answer brings.
func (s *shard) unpack(n *node, at uint64, m *dag.Inform, in *engine.Sync) (done uint64) {
	for _, block := range m.Blocks {
		v, verdict := s.judgeEvent(dag.HashBlock(block), block)
		if verdict == accepted {
			in.Events = append(in.Events, v)
		}
	}
	return n.charge(at, uint64(len(m.Blocks))*(s.world.cpu.verify+s.world.cpu.event))
}

// newerCheckpoint returns the checkpoint of an offer if it is newer than the node's and a quorum has signed it.
func (s *shard) newerCheckpoint(n *node, m *dag.Offer) *proof.SignedCheckpoint {
	if m.Signed <= n.signed || len(m.Note) == 0 {
		return nil
	}
	signed, known := s.notes[string(m.Note)]
	if !known {
		if opened, err := proof.OpenCheckpoint(m.Note, s.world.founding.network.Cosigners); err == nil {
			signed = &opened
		}
		s.notes[string(m.Note)] = signed
	}
	if signed == nil || signed.Size <= n.signed {
		return nil
	}
	return signed
}
