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

// note is a checkpoint of an offer, as nodes judge it that know the committees of by and before.
type note struct {
	by, before *proof.Member
	signed     *proof.SignedCheckpoint // nil if no quorum of them has signed
}

// maxNotes bounds how many notes a shard remembers.
const maxNotes = 1 << 12

// newerCheckpoint returns the checkpoint of an offer if it is newer than the node's and a quorum has signed it.
func (s *shard) newerCheckpoint(n *node, m *dag.Offer) *proof.SignedCheckpoint {
	if m.Signed <= n.signed || len(m.Note) == 0 {
		return nil
	}
	signers := n.engine.Signers()
	by, before := first(signers.Current), first(signers.Before)
	known, ok := s.notes[string(m.Note)]
	if !ok || known.by != by || known.before != before {
		known = note{by: by, before: before}
		if opened, err := signers.Open(m.Note); err == nil {
			known.signed = &opened
		}
		if len(s.notes) >= maxNotes {
			clear(s.notes)
		}
		s.notes[string(m.Note)] = known
	}
	if known.signed == nil || known.signed.Size <= n.signed {
		return nil
	}
	return known.signed
}

// first returns the first member of a committee; nil if it has none.
func first(c proof.Committee) *proof.Member {
	if len(c.Members) == 0 {
		return nil
	}
	return &c.Members[0]
}
