package governance

import (
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// KindPropose is the payload kind of a Propose.
const KindPropose = "governance.propose"

// Limits of proposals.
const (
	// MaxActions is the most actions of one proposal.
	MaxActions = 16
	// MaxOpen is the most proposals of one member that are open at a time.
	MaxOpen = 8
	// MaxOpenInAll bounds the open proposals of all members, those who had a seat once included.
	MaxOpenInAll = 512
	// MaxVoting is the longest time for which a proposal is open, and DefaultVoting the usual one, in ms of ledger time.
	MaxVoting     = 30 * 86_400_000
	DefaultVoting = 7 * 86_400_000
)

// maxProposal bounds the body of a proposal, in bytes: MaxActions applications and what is around them.
const maxProposal = 12 << 10

// Propose asks the committee for changes that take effect together, by a member with a seat. It counts as the member's approval.
type Propose struct {
	Actions []Action `cbor:"actions"` // 1 to MaxActions
	// Expires is the ledger time in ms since the Unix epoch at which the proposal lapses, at most MaxVoting away; 0 for
	// DefaultVoting.
	Expires uint64 `cbor:"expires"`
}

var proposeCodec = ledger.PayloadCodec[Propose]{Kind: KindPropose, MaxSize: maxProposal, Check: checkPropose}

// Encode returns the event body. Errors wrap ledger.ErrPayload.
func (p *Propose) Encode() ([]byte, error) { return proposeCodec.Encode(*p) }

// DecodePropose reads the body of an event of kind KindPropose strictly, without checking the signatures inside. Errors wrap
// ledger.ErrPayload.
func DecodePropose(b []byte) (*Propose, error) {
	p, err := proposeCodec.Decode(b)
	if err != nil {
		return nil, err
	}
	return &p, nil
}

func checkPropose(p Propose) error {
	if len(p.Actions) == 0 || len(p.Actions) > MaxActions {
		return fmt.Errorf("%d actions, want 1 to %d", len(p.Actions), MaxActions)
	}
	if p.Expires > dag.MaxInteger {
		return errors.New("expiry out of range")
	}
	versions := 0
	for i := range p.Actions {
		if err := p.Actions[i].check(); err != nil {
			return fmt.Errorf("action %d: %w", i+1, err)
		}
		if p.Actions[i].Verb == VerbVersion {
			versions++
		}
	}
	if versions > 1 {
		return errors.New("the version can rise by one only")
	}
	return nil
}

func (d *desk) applyPropose(e *dag.Event) *ledger.Refusal {
	p, err := DecodePropose(e.Body())
	if err != nil {
		return ledger.Refuse(ledger.StatusMalformedPayload, "%v", err)
	}
	by, r := d.issuer(e)
	if r != nil {
		return r
	}
	if readSeats(d).weight(by.event) == 0 {
		return ledger.Refuse(ledger.StatusNotAuthorised, "%q has no seat: only a member with a seat can propose", by.name)
	}
	expires, r := d.votingEnds(p.Expires)
	if r != nil {
		return r
	}
	if r := d.rehearse(p); r != nil {
		return r
	}
	agenda := readAgenda(d)
	if r := agenda.add(e.ID(), by.event); r != nil {
		return r
	}
	d.putAgenda(agenda)
	key := proposalKey(e.ID())
	if r := d.tx.SetDeadline(key, ledger.Deadline{Time: expires}); r != nil {
		return r
	}
	m := motion{Proposer: by.event, Body: e.Body(), Expires: expires, Approvals: keyList{by.event}.record()}
	return d.decide(e.ID(), &m)
}

// votingEnds returns the ledger time at which a proposal lapses.
func (d *desk) votingEnds(asked uint64) (uint64, *ledger.Refusal) {
	now := d.tx.Time()
	switch {
	case asked == 0:
		return now + DefaultVoting, nil
	case asked <= now:
		return 0, ledger.Refuse(ledger.StatusExpired, "the proposal lapsed at %d, ledger time is %d", asked, now)
	case asked-now > MaxVoting:
		return 0, ledger.Refuse(ledger.StatusLimitReached, "the proposal would be open for %d ms, at most %d are allowed", asked-now, uint64(MaxVoting))
	}
	return asked, nil
}

// rehearse refuses a proposal that could not be carried out as things stand: everything is done and undone again.
func (d *desk) rehearse(p *Propose) *ledger.Refusal {
	for i := range p.Actions {
		if r := d.possible(&p.Actions[i]); r != nil {
			return r
		}
	}
	transaction, desk := *d.tx, *d
	defer func() { *d.tx, *d = transaction, desk }()
	everybody := func(dag.Key) bool { return true }
	for i := range p.Actions {
		if r := d.enact(&p.Actions[i], everybody); r != nil {
			return r
		}
	}
	if r := readSeats(d).works(d.tx); r != nil {
		return r
	}
	return d.fault
}
