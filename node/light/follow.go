package light

import (
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/query"
)

// following is the way from checkpoint to checkpoint.
type following struct {
	at uint64 // ms when to ask next
}

// Errors about what a peer shows; each makes it a liar.
var (
	errFork    = errors.New("the peer shows another history: its log does not begin with the one that was proven before")
	errGrowth  = errors.New("the peer shows no proof that its log begins with the one that was proven before")
	errNothing = errors.New("the peer answers something else than it was asked")
)

// followDue asks the peer whose turn it is for a newer checkpoint.
func (m *Machine) followDue(now uint64, out *Effects) {
	if m.split {
		return
	}
	if now < m.follow.at {
		out.wake(m.follow.at)
		return
	}
	p := m.pick(now, func(p *peer) bool { return !p.heading })
	m.follow.at = now + m.interval()
	out.wake(m.follow.at)
	if p != nil {
		m.askHead(p, out)
	}
}

// interval returns how long to wait between two questions, in ms.
func (m *Machine) interval() uint64 {
	if m.trust.head.Size == 0 || len(m.pending) > 0 || m.queue.len() > 0 || !m.self.is(&m.trust) {
		return m.config.Policy.Busy
	}
	return m.config.Policy.Idle
}

func (m *Machine) askHead(p *peer, out *Effects) {
	p.heading = true
	asked := query.HeadRequest{Size: m.trust.head.Size, Epoch: m.trust.epoch(), Pinned: !m.trust.pin.IsZero()}
	m.ask(p, query.Request{Head: &asked}, out, func(now uint64, from *peer, a *query.Answer, _ string, out *Effects) error {
		if from == nil {
			return nil
		}
		from.heading = false
		switch {
		case a == nil:
			return nil
		case a.Head == nil:
			return m.accuse(now, from, errNothing, nil, out)
		case asked.Size != m.trust.head.Size || asked.Epoch != m.trust.epoch():
			m.follow.at = 0 // another peer was quicker; what this one says is about what is past
			return nil
		}
		return m.heard(now, from, a.Head, out)
	})
}

// heard takes the next step on the way to the newest checkpoint, if the answer proves one.
func (m *Machine) heard(now uint64, p *peer, h *query.Head, out *Effects) error {
	switch {
	case len(h.Chain) > 0:
		return m.heardChain(now, p, h, out)
	case len(h.Note) > 0 && m.trust.pin.IsZero():
		return m.heardNote(now, p, h, out)
	}
	return nil
}

// heardNote takes a checkpoint of the epoch.
func (m *Machine) heardNote(now uint64, p *peer, h *query.Head, out *Effects) error {
	signed, err := proof.OpenCheckpoint(h.Note, m.trust.committee)
	if err != nil {
		return m.accuse(now, p, err, h.Note, out)
	}
	next, err := newHead(signed, &m.trust.committee, h.Leaf)
	if err == nil {
		err = proof.CheckInclusion(signed.TreeHead, signed.Size-1, next.hash(), h.Path.Hashes())
	}
	if err != nil {
		return m.accuse(now, p, err, h.Note, out)
	}
	switch err := m.grows(next.TreeHead, h.Growth); {
	case errors.Is(err, errFork):
		return m.divide(now, p, h.Note, out)
	case err != nil:
		return m.accuse(now, p, err, h.Note, out)
	case next.Size == m.trust.head.Size:
		return nil
	}
	m.trust.head = next
	return m.advanced(now, out)
}

// grows checks that the log with that head begins with the one of the newest checkpoint. Errors: errFork for another root of the same
// size, errGrowth.
func (m *Machine) grows(next proof.TreeHead, growth query.Path) error {
	old := m.trust.head.TreeHead
	switch {
	case old.Size == 0 || next == old:
		return nil
	case next.Size == old.Size:
		return errFork
	case next.Size < old.Size:
		return fmt.Errorf("%w: it has size %d, that one %d", errGrowth, next.Size, old.Size)
	}
	if err := proof.CheckConsistency(old, next, growth.Hashes()); err != nil {
		return fmt.Errorf("%w: %w", errGrowth, err)
	}
	return nil
}

// heardChain goes into a later epoch.
func (m *Machine) heardChain(now uint64, p *peer, h *query.Head, out *Effects) error {
	chain, err := proof.DecodeChain(h.Chain)
	if err != nil {
		return m.accuse(now, p, err, h.Chain, out)
	}
	seal, committee, err := m.trust.verify(chain, m.config.Committee)
	if err != nil {
		return m.accuse(now, p, err, h.Chain, out)
	}
	if seal.Leaf.Version > m.config.Version {
		return fmt.Errorf("%w: epoch %d runs under version %d of the protocol, this program knows up to %d: install a newer one",
			engine.ErrTooOld, committee.Epoch, seal.Leaf.Version, m.config.Version)
	}
	note := chain[len(chain)-1].Note
	if m.trust.head.Size > 0 && len(h.Growth) == 0 && seal.Head.Size > m.trust.head.Size {
		if !m.takesUnlinked(p) {
			m.follow.at = 0
			return nil
		}
		m.counters.Unlinked++
		out.notice(Unlinked{From: m.trust.head.TreeHead, To: seal.Head})
	} else {
		switch err := m.grows(seal.Head, h.Growth); {
		case errors.Is(err, errFork):
			return m.divide(now, p, note, out)
		case err != nil:
			return m.accuse(now, p, err, note, out)
		}
	}
	if err := m.keepLinks(chain); err != nil {
		return err
	}
	if err := m.trust.enter(&seal, note, m.signersOf(chain), committee); err != nil {
		return m.accuse(now, p, err, note, out)
	}
	m.entered(out)
	return m.advanced(now, out)
}

// takesUnlinked notes that a peer cannot show that the log goes on, and reports whether that is to be taken: because no active peer
// is left that might.
func (m *Machine) takesUnlinked(p *peer) bool {
	p.unlinked = true
	for _, other := range m.peers.active {
		if !other.unlinked && other.failures == 0 {
			return false
		}
	}
	return true
}

// signersOf returns the committee that signed the last seal of a chain, as far as it is known.
func (m *Machine) signersOf(chain proof.Chain) proof.Committee {
	committee := m.trust.committee
	for _, c := range chain[:len(chain)-1] {
		if c.Next != nil {
			committee = *c.Next
		}
	}
	return committee
}

// entered does what has to be done at the beginning of an epoch.
func (m *Machine) entered(out *Effects) {
	m.enterChain()
	for _, p := range m.peers.connected {
		p.unlinked, p.told = false, told{}
	}
	out.notice(Entered{m.trust.epoch()})
}

// advanced persists the new checkpoint and follows up on it. There may be a newer one at once.
func (m *Machine) advanced(now uint64, out *Effects) error {
	m.counters.Heads++
	m.settling = min(m.settling, now)
	if m.trust.head.Sealed {
		m.follow.at = 0
	}
	out.notice(Advanced{m.trust.head})
	return m.trust.store(m.storage)
}

// roots of the epoch, in rising order of their ids.
func roots(o dag.Origin) [2]dag.ID {
	a, b := o.Root(0), o.Root(1)
	if b.Compare(a) < 0 {
		a, b = b, a
	}
	return [2]dag.ID{a, b}
}
