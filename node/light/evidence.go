package light

import (
	"github.com/ledgerofthings/lot/dag/proof"
)

// maxEvidence is how many pieces of evidence are kept, the first ones: later ones add little.
const maxEvidence = 64

// maxShown bounds what is kept of what a peer showed, in bytes.
const maxShown = proof.MaxNoteSize

// Evidence is what a peer showed that does not hold.
type Evidence struct {
	Peer string `cbor:"peer"`
	When uint64 `cbor:"when"` // ms
	Why  string `cbor:"why"`
	// Ours and Theirs are the signed checkpoints that contradict each other, or the one that was trusted and what the peer showed
	// against it, cut to 64 KiB. Two valid checkpoints of one size with different roots convince anybody.
	Ours   []byte `cbor:"ours,omitempty"`
	Theirs []byte `cbor:"theirs,omitempty"`
	Split  bool   `cbor:"split,omitempty"` // both are checkpoints of one size with a quorum each
}

// evidence is what is kept.
type evidence struct{ list []Evidence }

func (m *Machine) loadEvidence() error {
	return scanRecords(m.storage, prefixProof, func(_ []byte, v *Evidence) error {
		m.evidence.list = append(m.evidence.list, *v)
		m.split = m.split || v.Split
		return nil
	})
}

// Evidence returns what peers showed that does not hold, the oldest first.
func (m *Machine) Evidence() []Evidence { return m.evidence.list }

// keepEvidence keeps a piece of evidence while there is room.
func (m *Machine) keepEvidence(e Evidence) error {
	n := len(m.evidence.list)
	if n >= maxEvidence && !e.Split {
		return nil
	}
	m.evidence.list = append(m.evidence.list, e)
	return putRecord(m.storage, numberKey(prefixProof, uint64(n)), &e)
}

// accuse names a peer that showed what does not hold, and asks it no more. shown is what it showed.
func (m *Machine) accuse(now uint64, p *peer, why error, shown []byte, out *Effects) error {
	if p == nil {
		return nil
	}
	e := Evidence{Peer: p.id, When: now, Why: why.Error(), Ours: m.trust.head.Note, Theirs: shown[:min(len(shown), maxShown)]}
	m.peers.ban(p.id)
	m.counters.Liars++
	out.notice(Liar{e})
	return m.keepEvidence(e)
}

// divide notes that there are two histories, each with a quorum of signatures.
func (m *Machine) divide(now uint64, p *peer, theirs []byte, out *Effects) error {
	e := Evidence{
		Peer: p.id, When: now, Why: "a quorum has signed another log of the same size", Ours: m.trust.head.Note, Theirs: theirs, Split: true,
	}
	m.split = true
	m.peers.ban(p.id)
	m.counters.Liars++
	out.notice(Split{e})
	return m.keepEvidence(e)
}
