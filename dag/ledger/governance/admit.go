package governance

import (
	"errors"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// KindAdmit is the payload kind of an Admit.
const KindAdmit = "member.admit"

// Admit lets a newcomer into the network as the guest of the member that issues it.
type Admit struct {
	SignedApplication
	// Expires is the ledger time in ms since the Unix epoch from which on the invitation is void; 0 for never.
	Expires uint64 `cbor:"expires"`
}

var admitCodec = ledger.PayloadCodec[Admit]{Kind: KindAdmit, MaxSize: 1 << 10, Check: func(a Admit) error {
	switch {
	case a.Sponsor.IsZero():
		return errors.New("the application names no sponsor")
	case a.Expires > dag.MaxInteger:
		return errors.New("expiry out of range")
	}
	return checkInvited(a.Application, a.Invitation)
}}

// Encode returns the event body. Errors wrap ledger.ErrPayload.
func (a *Admit) Encode() ([]byte, error) { return admitCodec.Encode(*a) }

// DecodeAdmit reads the body of an event of kind KindAdmit strictly, without checking the signatures inside. Errors wrap
// ledger.ErrPayload.
func DecodeAdmit(b []byte) (*Admit, error) {
	a, err := admitCodec.Decode(b)
	if err != nil {
		return nil, err
	}
	return &a, nil
}

// applyAdmit checks what is cheap before the signatures.
func (d *desk) applyAdmit(e *dag.Event) *ledger.Refusal {
	a, err := DecodeAdmit(e.Body())
	if err != nil {
		return ledger.Refuse(ledger.StatusMalformedPayload, "%v", err)
	}
	sponsor, r := d.issuer(e)
	if r != nil {
		return r
	}
	if r := d.mayAdmit(sponsor, a); r != nil {
		return r
	}
	if err := a.Verify(d.network); err != nil {
		return ledger.Refuse(ledger.StatusInvalidSignature, "%v", err)
	}
	if r := d.countAdmission(sponsor.event); r != nil {
		return r
	}
	if r := d.redeem(a); r != nil {
		return r
	}
	return d.admit(a.Application, sponsor.account, d.epoch)
}

// mayAdmit checks whether an invitation is the sponsor's to give and can still be taken.
func (d *desk) mayAdmit(sponsor registration, a *Admit) *ledger.Refusal {
	if a.Sponsor != sponsor.event {
		return ledger.Refuse(ledger.StatusNotAuthorised, "%q accepted an invitation of key %s, not of %q",
			a.Name, a.Sponsor.Short(), sponsor.name)
	}
	if !sponsor.sponsor.IsZero() && sponsor.since >= d.epoch {
		return ledger.Refuse(ledger.StatusTooEarly, "%q was admitted in this epoch itself and may invite from the next one on", sponsor.name)
	}
	if a.Expires != 0 && d.tx.Time() >= a.Expires {
		return ledger.Refuse(ledger.StatusExpired, "the invitation expired at %d, ledger time is %d: ask for a new one", a.Expires, d.tx.Time())
	}
	if guest, used := owner(d, invitePrefix, a.Invitation[:]); used {
		return ledger.Refuse(ledger.StatusAlreadyExists, "the invitation was used by key %s: ask for a new one", guest.Short())
	}
	return nil
}

// countAdmission bounds how many a sponsor admits in an epoch.
func (d *desk) countAdmission(sponsor dag.Key) *ledger.Refusal {
	count := admissions(d, sponsor, d.epoch)
	if count >= d.parameters.Admissions {
		return ledger.Refuse(ledger.StatusLimitReached, "the sponsor admitted %d newcomers in epoch %d, more are not allowed before the next",
			count, d.epoch)
	}
	d.put(entryKey(admissionPrefix, sponsor[:]...), record(d.epoch, count+1))
	return nil
}

// admissions returns how many newcomers a sponsor admitted in an epoch.
func admissions(v ledger.View, sponsor dag.Key, epoch uint64) uint64 {
	b, ok := get(v, entryKey(admissionPrefix, sponsor[:]...), 16)
	if !ok || integer(b, 0) != epoch {
		return 0
	}
	return integer(b, 1)
}

// redeem uses the invitation up. It is remembered until it would be void anyway.
func (d *desk) redeem(a *Admit) *ledger.Refusal {
	key := entryKey(invitePrefix, a.Invitation[:]...)
	d.put(key, a.Event[:])
	if a.Expires == 0 {
		return nil
	}
	return d.tx.SetDeadline(key, ledger.Deadline{Time: a.Expires})
}

// InvitationUsed returns the event key of who came by an invitation. One that expired is forgotten.
func InvitationUsed(v ledger.View, invitation [32]byte) (guest dag.Key, ok bool) {
	return owner(v, invitePrefix, invitation[:])
}

// admit enters a newcomer whose signatures hold, and makes its event key the one that acts for the account that was born with
// it. An account whose keys were changed since cannot be taken back by the first one.
func (d *desk) admit(a Application, sponsor dag.Account, since uint64) *ledger.Refusal {
	if rosterSize(d) >= MaxMembers {
		return ledger.Refuse(ledger.StatusLimitReached, "the network has %d members, more are not allowed", MaxMembers)
	}
	if r := taken(d, a); r != nil {
		return r
	}
	account := dag.AccountOf(a.Event)
	if other, ok := owner(d, accountPrefix, account[:]); ok {
		return ledger.Refuse(ledger.StatusAlreadyExists, "%s is that of member %s", account, other.Short())
	}
	if r := d.tx.MayAct(a.Event, account); r != nil {
		return r
	}
	d.enter(registration{
		name: a.Name, host: a.Host, event: a.Event, cosign: a.Cosign, account: account, sponsor: sponsor, since: since,
	})
	return d.tx.SetKeys(account, []dag.Key{a.Event})
}
