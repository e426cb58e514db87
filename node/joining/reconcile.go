package joining

import (
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
)

// Reconcile notes the invitations that were used according to the ledger but not to the records, as after a restore from a backup that
// was made before, and returns how many. What the ledger does not tell stays zero: the admission's event, and names and keys of a guest
// that has left again. now is in ms since the Unix epoch. Call it when the gateway has caught up, since the state must not be older than
// the use. The errors are those of Invitations.Use.
func Reconcile(in Invitations, state ledger.View, now uint64) (count int, err error) {
	for _, r := range in.List() {
		if r.Use != nil {
			continue
		}
		guest, used := governance.InvitationUsed(state, r.ID)
		if !used {
			continue
		}
		a := governance.Application{Event: guest, Name: r.Name}
		if m, ok := governance.Find(state, guest); ok {
			a = governance.Application{Name: m.Name, Host: m.Host, Event: m.Event, Cosign: m.Cosign, Sponsor: m.Sponsor}
		}
		if err := in.Use(r.ID, Use{Time: now, Application: a}); err != nil && !errors.Is(err, ErrInvitationUsed) {
			return count, fmt.Errorf("note the use of invitation %s: %w", r.ID, err)
		}
		count++
	}
	return count, nil
}
