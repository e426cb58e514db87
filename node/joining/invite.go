package joining

import (
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
)

// Bounds of how long an invitation holds, in ms.
const (
	MinLifetime     = 60_000          // a minute
	MaxLifetime     = 30 * 86_400_000 // 30 days
	DefaultLifetime = 86_400_000      // a day
)

// ErrLifetime says that an invitation would hold for too short or too long.
var ErrLifetime = errors.New("an invitation holds for a minute to 30 days")

// Invite makes an invitation by this gateway, whose event key signs it, and keeps its record. Of the terms it takes sponsor, addresses,
// name and pin; lifetime is in ms. The token is in what is returned and nowhere else. The error wraps ErrLifetime,
// ErrTooManyInvitations or bootstrap.ErrInvitation, or is the operating system's.
func (s *Server) Invite(t bootstrap.Terms, lifetime uint64, event dag.Signer) (*bootstrap.Invitation, Record, error) {
	if lifetime < MinLifetime || lifetime > MaxLifetime {
		return nil, Record{}, fmt.Errorf("%w, not for %d ms", ErrLifetime, lifetime)
	}
	now := s.Now()
	t.Network, t.Expires = s.Genesis.ID(), now+lifetime
	i, err := bootstrap.NewInvitation(t, event)
	if err != nil {
		return nil, Record{}, err
	}
	record := Record{ID: i.ID(), Name: t.Name, Created: now, Expires: t.Expires}
	return i, record, s.Invitations.Add(record)
}
