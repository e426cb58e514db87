package bootstrap

import (
	"fmt"
	"regexp"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/ledgerofthings/lot/dag"
)

// Limits of a genesis.
const (
	// Version is the version of the genesis that this package reads and writes.
	Version = 2
	// MaxSize is the largest genesis file, in bytes.
	MaxSize = 1 << 20
	// MaxMembers bounds how many members a network is born with; others join later.
	MaxMembers = 2000
	// MaxSeats is the largest committee.
	MaxSeats = 100
	// MaxWeight is the largest weight of one seat.
	MaxWeight = 1_000_000
	// MaxSupply bounds the sum of all balances, in base units (2^53 - 1).
	MaxSupply = dag.MaxInteger
	// MaxProtocol bounds the version of the protocol that a network begins with. Which versions a program speaks is known to
	// the program that runs, so that an older one can still read the genesis and say that it is too old.
	MaxProtocol = 65_535
	// MaxNameLength bounds the names of networks and members, in characters.
	MaxNameLength = 63
	// maxCreated is the last millisecond that RFC 3339 can write.
	maxCreated = 253_402_300_799_999
)

// Manifest is what a genesis says. NewGenesis makes a Genesis of it.
type Manifest struct {
	Name       string // of the network, for people; see ValidName
	Created    uint64 // when the network was founded, in ms since the Unix epoch
	Parameters Parameters
	Members    []Member // in any order
}

// Member is a gateway that is there from the beginning.
type Member struct {
	Name    string      // for people; see ValidName
	Host    peer.ID     // of its libp2p host, an Ed25519 key
	Event   dag.Key     // issues its events
	Cosign  dag.Key     // signs checkpoints and nothing else
	Account dag.Account // on whose behalf it acts, its own. Zero stands for dag.AccountOf(Event)
	Weight  uint64      // of its seat in the committee; 0 for a member without a seat
	Balance uint64      // what its account gets at birth, in base units
}

var namePattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`)

// ValidName reports whether s can name a network or a member: 1 to MaxNameLength lower-case letters, digits, dots and
// dashes, with a letter or digit at both ends.
func ValidName(s string) bool { return len(s) <= MaxNameLength && namePattern.MatchString(s) }

const nameRule = "want 1 to 63 lower-case letters, digits, dots and dashes, with a letter or digit at both ends"

// check notes every fault of the manifest.
func (m *Manifest) check(faults *Faults) {
	if !ValidName(m.Name) {
		faults.add("name", "%.80q: %s", m.Name, nameRule)
	}
	if m.Created == 0 || m.Created > maxCreated {
		faults.add("created", "missing or out of range: give the time of founding, such as \"2026-11-20T09:00:00Z\"")
	}
	m.Parameters.check(faults)
	if len(m.Members) == 0 || len(m.Members) > MaxMembers {
		faults.add("members", "%d of them, want 1 to %d", len(m.Members), MaxMembers)
	}
	first := firsts{}
	for i := range m.Members {
		m.Members[i].check(i, first, faults)
	}
	m.checkCommittee(faults)
	m.checkSupply(faults)
}

func (m *Manifest) checkCommittee(faults *Faults) {
	seats := 0
	for i := range m.Members {
		if m.Members[i].Weight > 0 {
			seats++
		}
	}
	switch {
	case seats == 0 && len(m.Members) > 0:
		faults.add("committee", "nobody has a seat, so nothing would ever become final: give at least one member a weight")
	case seats > MaxSeats:
		faults.add("committee", "%d seats, at most %d are allowed: give the others the weight 0", seats, MaxSeats)
	}
}

func (m *Manifest) checkSupply(faults *Faults) {
	supply := uint64(0)
	for i := range m.Members {
		if m.Members[i].Balance > MaxSupply-supply {
			faults.add("supply", "the balances add up to more than %d: lower them", uint64(MaxSupply))
			return
		}
		supply += m.Members[i].Balance
	}
}

// firsts remembers where a name or key was first used.
type firsts map[string]string

// claim notes a fault if value is in use already. Keys of all purposes share one space: a key that serves two purposes is
// as wrong as a key of two members.
func (f firsts) claim(kind, value, where string, faults *Faults) {
	if other, used := f[kind+value]; used {
		faults.add(where, "the same as that of %s: every member needs its own, and every purpose its own key", other)
		return
	}
	f[kind+value] = where
}

// place names a part of a member; members are counted from 1, in the order of the input.
func (m *Member) place(index int, part string) string {
	if m.Name == "" {
		return fmt.Sprintf("member %d, %s", index+1, part)
	}
	return fmt.Sprintf("member %d %.80q, %s", index+1, m.Name, part)
}

// account returns the account, given or not.
func (m *Member) account() dag.Account {
	if m.Account.IsZero() {
		return dag.AccountOf(m.Event)
	}
	return m.Account
}

// check notes every fault of one member.
func (m *Member) check(index int, first firsts, faults *Faults) {
	if !ValidName(m.Name) {
		faults.add(m.place(index, "name"), "%.80q: %s", m.Name, nameRule)
	} else {
		first.claim("name ", m.Name, m.place(index, "name"), faults)
	}
	m.checkHost(m.place(index, "host"), first, faults)
	checkMemberKey(m.Event, m.place(index, "event"), first, faults)
	checkMemberKey(m.Cosign, m.place(index, "cosign"), first, faults)
	m.checkAccount(m.place(index, "account"), first, faults)
	if m.Weight > MaxWeight {
		faults.add(m.place(index, "weight"), "%d is out of range: choose 1 to %d for a seat, 0 for none", m.Weight, MaxWeight)
	}
}

func (m *Member) checkHost(where string, first firsts, faults *Faults) {
	if m.Host == "" {
		faults.add(where, "missing: give the libp2p peer id from its member card")
		return
	}
	key, err := HostKey(m.Host)
	if err != nil {
		faults.add(where, "%v", err)
		return
	}
	checkMemberKey(key, where, first, faults)
}

// checkAccount refuses an account of two members: a device is bound to an account and counts its readings, and only one
// gateway can know which number was the last.
func (m *Member) checkAccount(where string, first firsts, faults *Faults) {
	if m.Account.IsZero() && m.Event.IsZero() {
		return // the missing event key is the fault
	}
	account := m.account()
	first.claim("account ", string(account[:]), where, faults)
}

func checkMemberKey(key dag.Key, where string, first firsts, faults *Faults) {
	if key.IsZero() {
		faults.add(where, "missing: give the key from its member card")
		return
	}
	if err := key.Check(); err != nil {
		faults.add(where, "%s: %v", key, err)
		return
	}
	first.claim("key ", string(key[:]), where, faults)
}
