package governance

import (
	"errors"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// KindRemove is the payload kind of a Remove.
const KindRemove = "member.remove"

// Remove says that a member leaves: itself, or a guest without a seat whom its sponsor sends away. It stays a member until the
// epoch is sealed.
type Remove struct {
	Member dag.Key `cbor:"member"` // its event key
}

var removeCodec = ledger.PayloadCodec[Remove]{Kind: KindRemove, MaxSize: 128, Check: func(r Remove) error {
	if r.Member.IsZero() {
		return errors.New("no member")
	}
	return nil
}}

// Encode returns the event body. Errors wrap ledger.ErrPayload.
func (r *Remove) Encode() ([]byte, error) { return removeCodec.Encode(*r) }

// DecodeRemove reads the body of an event of kind KindRemove strictly. Errors wrap ledger.ErrPayload.
func DecodeRemove(b []byte) (*Remove, error) {
	r, err := removeCodec.Decode(b)
	if err != nil {
		return nil, err
	}
	return &r, nil
}

func (d *desk) applyRemove(e *dag.Event) *ledger.Refusal {
	p, err := DecodeRemove(e.Body())
	if err != nil {
		return ledger.Refuse(ledger.StatusMalformedPayload, "%v", err)
	}
	by, r := d.issuer(e)
	if r != nil {
		return r
	}
	m, ok := readRegistration(d, p.Member)
	if !ok {
		return ledger.Refuse(ledger.StatusNotFound, "key %s is not that of a member", p.Member.Short())
	}
	seats := readSeats(d)
	seated := seats.weight(m.event) > 0
	self := m.event == by.event
	switch {
	case !self && m.sponsor != by.account:
		return ledger.Refuse(ledger.StatusNotAuthorised, "%q is no guest of %q: only a quorum can remove it", m.name, by.name)
	case !self && seated:
		return ledger.Refuse(ledger.StatusNotAuthorised, "%q has a seat: only a quorum can remove it", m.name)
	case m.leaving != staying:
		return ledger.Refuse(ledger.StatusAlreadyExists, "%q leaves with the end of the epoch already", m.name)
	}
	m.leaving = sentAway
	if self {
		m.leaving = leaves
	}
	d.put(entryKey(memberPrefix, m.event[:]...), m.record())
	if seated {
		return d.vacate(m.event, seats)
	}
	d.queueLeaving(m.event)
	return nil
}

// vacate notes that somebody gives up a seat, which ends the epoch.
func (d *desk) vacate(event dag.Key, seats committee) *ledger.Refusal {
	a := readAgenda(d)
	a.leaving = append(a.leaving, event)
	for _, key := range a.leaving {
		seats = seats.with(key, 0)
	}
	if r := seats.works(d.tx); r != nil {
		return r
	}
	d.putAgenda(a)
	return nil
}
