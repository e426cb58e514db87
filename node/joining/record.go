package joining

import (
	"errors"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
)

// Record is what a sponsor keeps of an invitation. It does not hold the secret, so nobody can use an invitation by it.
type Record struct {
	ID      bootstrap.InvitationID
	Name    string // that the newcomer will have; empty leaves the choice to it
	Created uint64 // ms since the Unix epoch
	Expires uint64 // ms since the Unix epoch
	Use     *Use   // nil while it was not used
}

// Use says what came of an invitation.
type Use struct {
	Time        uint64 // ms since the Unix epoch
	Event       dag.ID // the admission
	Application governance.Application
}

// Errors of Invitations.
var (
	// ErrNoInvitation says that there is no such invitation.
	ErrNoInvitation = errors.New("no such invitation")
	// ErrInvitationUsed says that an invitation was used, so that it cannot be taken back or used again.
	ErrInvitationUsed = errors.New("the invitation was used")
	// ErrTooManyInvitations says that no more are kept.
	ErrTooManyInvitations = errors.New("too many invitations")
)

// Invitations keep a sponsor's records. What a method has done when it returns is on disk. They may be called from any goroutine.
type Invitations interface {
	// Add keeps a new record. The error wraps ErrTooManyInvitations if there are MaxInvitations that are still of use.
	Add(r Record) error
	// Find returns a record.
	Find(id bootstrap.InvitationID) (Record, bool)
	// Open reports whether anybody may still come: there is an invitation that was not used and has not expired, or one that was
	// used less than a day ago by somebody who may have to ask again. It must be quick.
	Open() bool
	// List returns all records, the newest first.
	List() []Record
	// Use notes what came of an invitation. The error wraps ErrNoInvitation, or ErrInvitationUsed if another application used it;
	// the same one again does nothing.
	Use(id bootstrap.InvitationID, use Use) error
	// Revoke forgets an invitation that was not used. The error wraps ErrNoInvitation or ErrInvitationUsed.
	Revoke(id bootstrap.InvitationID) error
}

// Bounds of what is kept.
const (
	// MaxInvitations bounds how many records are kept.
	MaxInvitations = 10_000
	// keptUnused and keptUsed are for how long after its expiry a record stays, in ms: so long a newcomer is told why it is
	// refused, or again that it was admitted.
	keptUnused = 7 * 86_400_000
	keptUsed   = 30 * 86_400_000
	// askedAgain is for how long a newcomer that was admitted may ask again, in ms.
	askedAgain = 86_400_000
)

// open reports whether the newcomer may still come, or come again.
func (r *Record) open(now uint64) bool {
	if r.Use != nil {
		return now < r.Use.Time+askedAgain
	}
	return now < r.Expires
}

// outdated reports whether a record has had its time.
func (r *Record) outdated(now uint64) bool {
	kept := uint64(keptUnused)
	if r.Use != nil {
		kept = keptUsed
	}
	return now > r.Expires && now-r.Expires > kept
}
