package governance

import (
	"errors"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// KindApprove is the payload kind of an Approve.
const KindApprove = "governance.approve"

// Approve approves a proposal, by a member with a seat, or agrees to the seat that the proposal gives to the issuer.
type Approve struct {
	Proposal dag.ID `cbor:"proposal"` // the event that proposed it
}

var approveCodec = ledger.PayloadCodec[Approve]{Kind: KindApprove, MaxSize: 128, Check: func(a Approve) error {
	if a.Proposal.IsZero() {
		return errors.New("no proposal")
	}
	return nil
}}

// Encode returns the event body. Errors wrap ledger.ErrPayload.
func (a *Approve) Encode() ([]byte, error) { return approveCodec.Encode(*a) }

// DecodeApprove reads the body of an event of kind KindApprove strictly. Errors wrap ledger.ErrPayload.
func DecodeApprove(b []byte) (*Approve, error) {
	a, err := approveCodec.Decode(b)
	if err != nil {
		return nil, err
	}
	return &a, nil
}

func (d *desk) applyApprove(e *dag.Event) *ledger.Refusal {
	a, err := DecodeApprove(e.Body())
	if err != nil {
		return ledger.Refuse(ledger.StatusMalformedPayload, "%v", err)
	}
	by, r := d.issuer(e)
	if r != nil {
		return r
	}
	m, p, ok := readMotion(d, a.Proposal)
	if !ok {
		return ledger.Refuse(ledger.StatusNotFound, "there is no proposal %s, or it was decided long ago", a.Proposal.Short())
	}
	seats := readSeats(d)
	switch {
	case m.Stage == StageLapsed || m.Stage == StageOpen && d.tx.Time() >= m.Expires:
		return ledger.Refuse(ledger.StatusExpired, "proposal %s lapsed at %d", a.Proposal.Short(), m.Expires)
	case m.Stage != StageOpen:
		return ledger.Refuse(ledger.StatusAlreadyExists, "proposal %s is %s already", a.Proposal.Short(), m.Stage)
	case seats.weight(by.event) == 0 && !slices.Contains(p.joiners(d, seats), by.event):
		return ledger.Refuse(ledger.StatusNotAuthorised, "%q has no seat and the proposal gives it none", by.name)
	case m.approved(by.event):
		return ledger.Refuse(ledger.StatusAlreadyExists, "%q approves proposal %s already", by.name, a.Proposal.Short())
	}
	m.Approvals = append(m.Approvals, by.event[:]...)
	return d.decide(a.Proposal, &m)
}

// decide keeps a proposal that was made or approved, and accepts it when enough approve.
func (d *desk) decide(id dag.ID, m *motion) *ledger.Refusal {
	p, err := DecodePropose(m.Body)
	if err != nil {
		return ledger.Refuse(ledger.StatusMalformedPayload, "%v", err)
	}
	m.Stage = StageOpen
	if m.count(d, d.tx, p).accepted() {
		m.Stage = StageAccepted
		d.tx.ClearDeadline(proposalKey(id))
		a := readAgenda(d)
		a.accept(id)
		d.putAgenda(a)
	}
	d.putMotion(id, m)
	return nil
}
