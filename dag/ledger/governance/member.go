package governance

import (
	"errors"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

const (
	// MaxMembers is the most members that a network has at a time.
	MaxMembers = 1 << 20
	// MaxNameLength is the longest name of a member, in bytes.
	MaxNameLength = 63
)

var errName = errors.New("want a name of 1 to 63 lower-case letters, digits, dots and dashes, with a letter or digit at both ends")

// checkMemberName refuses what cannot name a member.
func checkMemberName(name string) error {
	if name == "" || len(name) > MaxNameLength {
		return errName
	}
	for i, c := range []byte(name) {
		inside := i > 0 && i < len(name)-1
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && (!inside || c != '.' && c != '-') {
			return errName
		}
	}
	return nil
}

// Member is a gateway of the network.
type Member struct {
	Name string // 1 to MaxNameLength lower-case letters, digits, dots and dashes, a letter or digit at both ends
	// Host is the key of its libp2p host, Event issues its events, Cosign signs checkpoints and nothing else. They are
	// Ed25519 keys, and each serves one purpose of one member.
	Host, Event, Cosign dag.Key
	Account             dag.Account // on whose behalf it acts, its own
	Weight              uint64      // of its seat in the committee; 0 for none
	// Sponsor is the event key of the member that admitted it. It is zero for founders, for those whom a quorum admitted, and
	// where the sponsor has left.
	Sponsor dag.Key
	Since   uint64 // the epoch in which it was admitted; 0 for founders
}

// Reasons for which a member is about to leave.
const (
	staying  = iota
	leaves   // it said so itself
	sentAway // its sponsor said so
)

// registration is a member as the state has it. Its weight is among the seats. Its sponsor is remembered by the account, which
// stays when keys change.
type registration struct {
	name                string
	host, event, cosign dag.Key
	account, sponsor    dag.Account
	since               uint64
	place               uint64 // in the roster
	leaving             uint64 // staying, leaves or sentAway
}

const registrationHead = 4*32 + 3*8 // the name follows

func (m *registration) record() []byte {
	out := make([]byte, 0, registrationHead+len(m.name))
	out = append(out, m.host[:]...)
	out = append(out, m.cosign[:]...)
	out = append(out, m.account[:]...)
	out = append(out, m.sponsor[:]...)
	out = append(out, record(m.since, m.place, m.leaving)...)
	return append(out, m.name...)
}

func readRegistration(v ledger.View, event dag.Key) (m registration, ok bool) {
	b, ok := get(v, entryKey(memberPrefix, event[:]...), -1)
	if !ok || len(b) < registrationHead {
		return m, false
	}
	numbers := b[4*32:]
	return registration{
		name: string(b[registrationHead:]), event: event, host: dag.Key(b), cosign: dag.Key(b[32:]),
		account: dag.Account(b[64:]), sponsor: dag.Account(b[96:]),
		since: integer(numbers, 0), place: integer(numbers, 1), leaving: integer(numbers, 2),
	}, true
}

// member completes a registration from the rest of the state.
func (m *registration) member(v ledger.View, seats committee) Member {
	out := Member{
		Name: m.name, Host: m.host, Event: m.event, Cosign: m.cosign, Account: m.account, Since: m.since,
		Weight: seats.weight(m.event),
	}
	if !m.sponsor.IsZero() {
		out.Sponsor, _ = owner(v, accountPrefix, m.sponsor[:])
	}
	return out
}

// Find returns the member with an event key as the state has it now; what it says holds from the next seal on.
func Find(v ledger.View, event dag.Key) (Member, bool) {
	m, ok := readRegistration(v, event)
	if !ok {
		return Member{}, false
	}
	return m.member(v, readSeats(v)), true
}

// FindName returns the member with a name as the state has it now; see Find.
func FindName(v ledger.View, name string) (Member, bool) {
	if checkMemberName(name) != nil {
		return Member{}, false
	}
	event, ok := owner(v, namePrefix, []byte(name))
	if !ok {
		return Member{}, false
	}
	return Find(v, event)
}
