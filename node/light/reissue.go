package light

import (
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// What is issued rests on what was issued before, as transfers carry account sequences. So at the beginning of an epoch it is first
// found out what became of the own events of the one before; the payloads of those that were not ordered come next, in the order in
// which they were issued; and only then what was asked for since.

// overdue reports whether the fate of an own event of an earlier epoch is not known yet.
func (m *Machine) overdue() bool {
	return len(m.order) > 0 && m.pending[m.order[0]].event.Epoch() < m.trust.epoch()
}

// notOrdered takes a peer's word that an event of an earlier epoch was not ordered. If all those that say so lie, its payload will be
// in the ledger twice, which the rules of every kind of payload provide for.
func (m *Machine) notOrdered(now uint64, p *pending, from *peer, out *Effects) error {
	if p.event.Epoch() >= m.trust.epoch() || !m.self.is(&m.trust) {
		return nil
	}
	if m.paid(p.event) {
		return m.final(now, p, ledger.StatusApplied, 0, out)
	}
	p.void[from.id] = struct{}{}
	return nil
}

// isVoid reports whether enough peers say that the epoch of an own event ended without it.
func (m *Machine) isVoid(p *pending) bool {
	return len(p.void) >= min(agreed, max(1, len(m.peers.active)))
}

// reissue puts the payloads of the events that were not ordered before all others, once the fate of every event of their epoch is
// known.
func (m *Machine) reissue(out *Effects) error {
	if !m.overdue() {
		return nil
	}
	over := m.order
	if at := slices.IndexFunc(over, func(id dag.ID) bool { return m.pending[id].event.Epoch() >= m.trust.epoch() }); at >= 0 {
		over = over[:at]
	}
	for _, id := range over {
		if !m.isVoid(m.pending[id]) {
			return nil
		}
	}
	for _, id := range slices.Backward(slices.Clone(over)) {
		p := m.pending[id]
		m.forget(id)
		m.counters.Reissued++
		out.notice(Reissue{Old: id})
		if err := putRecord(m.storage, idKey(prefixDone, id), &ownRecord{Block: p.event.Block(), Asked: p.asked, Batch: p.batch, Void: true}); err != nil {
			return err
		}
		if err := m.enqueueFirst(queued{Kind: p.event.Kind(), Body: p.event.Body(), Again: id[:], Asked: p.asked, Batch: p.batch}); err != nil {
			return err
		}
	}
	m.own.askAt = 0
	return nil
}
