package ledger

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag"
)

// Receipt says what became of one ordered event.
type Receipt struct {
	Event  dag.ID // the event
	Status Status // what became of it; part of the event's leaf in the transparency log
	// Reason says in words why the event had no effect; empty if it was applied. It is for people: only the status is
	// part of the protocol.
	Reason string
	// BeatenBy is the event that took what this one wanted, such as the account sequence; zero if there is none or it is
	// no longer remembered.
	BeatenBy dag.ID
}

// Refusal is why an event may not take effect. A nil *Refusal means that it may.
type Refusal struct {
	status   Status
	reason   string
	beatenBy dag.ID
}

// Refuse returns a refusal with a reason in the manner of fmt.Sprintf. The status must be valid and not StatusApplied:
// anything else is a mistake in the calling module, and panics.
func Refuse(status Status, format string, args ...any) *Refusal {
	if !status.IsValid() || status == StatusApplied {
		panic(fmt.Sprintf("ledger: refusal with status %s", status))
	}
	return &Refusal{status: status, reason: fmt.Sprintf(format, args...)}
}

// By adds the event that was earlier.
func (r *Refusal) By(earlier dag.ID) *Refusal {
	return &Refusal{status: r.status, reason: r.reason, beatenBy: earlier}
}

// Status returns the status that the receipt will have.
func (r *Refusal) Status() Status { return r.status }

// String returns the status and the reason.
func (r *Refusal) String() string { return r.status.String() + ": " + r.reason }

// receiptOf returns the receipt of an event that was refused, or applied if the refusal is nil.
func receiptOf(e *dag.Event, r *Refusal) Receipt {
	if r == nil {
		return Receipt{Event: e.ID(), Status: StatusApplied}
	}
	return Receipt{Event: e.ID(), Status: r.status, Reason: r.reason, BeatenBy: r.beatenBy}
}
