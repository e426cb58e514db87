package governance

import (
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// Seal implements ledger.Sealer: the epoch's number rises, what was accepted takes effect in the order of acceptance, then
// those leave who said so, then frozen keys lose their seats. Its work is bounded by MaxOpenInAll and MaxRemovals.
func (m Module) Seal(tx *ledger.Tx) {
	d, r := openDesk(tx, m.Network)
	if r != nil {
		return
	}
	d.epoch++
	d.putTerms(d.epoch, d.parameters)
	a := readAgenda(d)
	for _, id := range a.accepted {
		d.carryOut(id)
		d.forget(a.remember(id))
	}
	a.accepted = nil
	d.letGo(a.leaving)
	a.leaving = nil
	d.unseatFrozen()
	d.recount(&a)
	d.putAgenda(a)
}

// carryOut does what a proposal asks for. An action that cannot be done any more is skipped; if the committee could not go on
// after the rest, all of them are.
func (d *desk) carryOut(id dag.ID) {
	m, p, ok := readMotion(d, id)
	if !ok {
		return
	}
	r := d.attempt(func() *ledger.Refusal {
		for i := range p.Actions {
			if d.attempt(func() *ledger.Refusal { return d.enact(&p.Actions[i], m.approved) }) != nil {
				m.Skipped = append(m.Skipped, uint64(i))
			}
		}
		return readSeats(d).works(d.tx)
	})
	if r != nil {
		m.Skipped = nil
		for i := range p.Actions {
			m.Skipped = append(m.Skipped, uint64(i))
		}
	}
	m.Stage, m.Epoch = StageEffective, d.epoch
	d.putMotion(id, &m)
}

// unseatFrozen takes the seats of frozen keys, unless nobody would be left.
func (d *desk) unseatFrozen() {
	seats := readSeats(d)
	if sound := seats.sound(d.tx); len(sound) > 0 && len(sound) < len(seats) {
		d.putSeats(sound)
	}
}

// recount accepts open proposals that have a quorum by now, since others lost their seats. They take effect at the next seal.
func (d *desk) recount(a *agenda) {
	for _, i := range slices.Clone(a.open) {
		m, p, ok := readMotion(d, i.id)
		if !ok || !m.count(d, d.tx, p).accepted() {
			continue
		}
		a.accept(i.id)
		d.tx.ClearDeadline(proposalKey(i.id))
		m.Stage = StageAccepted
		d.putMotion(i.id, &m)
	}
}

// lapse closes a proposal whose time is over.
func (d *desk) lapse(id dag.ID) {
	m, _, ok := readMotion(d, id)
	if !ok || m.Stage != StageOpen {
		return
	}
	m.Stage = StageLapsed
	d.putMotion(id, &m)
	a := readAgenda(d)
	a.close(id)
	d.forget(a.remember(id))
	d.putAgenda(a)
}

// forget drops proposals that were decided long ago.
func (d *desk) forget(ids []dag.ID) {
	for _, id := range ids {
		d.Delete(proposalKey(id))
	}
}
