package joining

import "fmt"

// Reason says in one word, for programs, why a newcomer is refused. It is an error, so that errors.Is finds it in what Client
// returns.
type Reason string

// The reasons.
const (
	Malformed    Reason = "malformed"     // the request makes no sense
	OtherNetwork Reason = "other-network" // it is meant for another network
	Unknown      Reason = "unknown"       // the sponsor knows no such invitation: forged, revoked, or long past
	WrongSecret  Reason = "wrong-secret"  // who applies does not have the token
	WrongName    Reason = "wrong-name"    // the invitation is for another name
	Expired      Reason = "expired"       // the invitation has expired
	Used         Reason = "used"          // somebody else used it
	Busy         Reason = "busy"          // the sponsor has too much to do; try again
	Unavailable  Reason = "unavailable"   // the sponsor cannot issue events at present; try again later
	Declined     Reason = "declined"      // the rules of the network forbid it, such as a name that is taken
)

// Error implements error.
func (r Reason) Error() string { return "invitation refused: " + string(r) }

// Refusal is an answer of the sponsor that is no admission.
type Refusal struct {
	Reason Reason
	Detail string // for people: what is wrong, and what to do
}

// Error implements error.
func (r *Refusal) Error() string { return r.Detail }

// Unwrap returns the reason.
func (r *Refusal) Unwrap() error { return r.Reason }

func refuse(reason Reason, format string, args ...any) *Refusal {
	return &Refusal{Reason: reason, Detail: fmt.Sprintf(format, args...)}
}
