package governance

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// ErrState is wrapped by the errors of Read: the state has no governance, or a damaged one.
var ErrState = errors.New("no governance in this state")

// Terms are what holds during an epoch: who is in the network and by which rules.
type Terms struct {
	Epoch      uint64
	Parameters Parameters
	// Members are in rising order of Event. Those with a frozen key are left out; one that still has a seat is not, since then
	// no other seat is left.
	Members []Member
}

// Read returns the terms of the epoch that begins with a state: the one of genesis, or one that ledger.Rules.Seal returned. On
// a later state it would name members too that the epoch began without. Its cost is that of the number of members. Errors
// wrap ErrState.
func Read(s *ledger.State) (*Terms, error) {
	epoch, parameters, ok := readTerms(s)
	if !ok {
		return nil, fmt.Errorf("%w: entry %q is missing or damaged", ErrState, termsKey)
	}
	members := Members(s)
	if n := rosterSize(s); uint64(len(members)) != n || n == 0 {
		return nil, fmt.Errorf("%w: %d of %d members are there", ErrState, len(members), n)
	}
	members = slices.DeleteFunc(members, func(m Member) bool {
		_, frozen := s.Frozen(m.Event)
		return frozen && m.Weight == 0
	})
	if !slices.ContainsFunc(members, func(m Member) bool { return m.Weight > 0 }) {
		return nil, fmt.Errorf("%w: nobody has a seat", ErrState)
	}
	return &Terms{Epoch: epoch, Parameters: parameters, Members: members}, nil
}

const termsLength = 9 * 8

func readTerms(v ledger.View) (epoch uint64, p Parameters, ok bool) {
	b, ok := get(v, []byte(termsKey), termsLength)
	if !ok {
		return 0, Parameters{}, false
	}
	return integer(b, 0), parseParameters(b[8:]), true
}

func (b *books) putTerms(epoch uint64, p Parameters) {
	b.put([]byte(termsKey), append(record(epoch), p.record()...))
}

// Committee returns the members with a seat, in rising order of Event.
func (t *Terms) Committee() []Member {
	return slices.DeleteFunc(slices.Clone(t.Members), func(m Member) bool { return m.Weight == 0 })
}

// Member returns the member with an event key.
func (t *Terms) Member(event dag.Key) (Member, bool) {
	at, ok := slices.BinarySearchFunc(t.Members, event, func(m Member, key dag.Key) int { return m.Event.Compare(key) })
	if !ok {
		return Member{}, false
	}
	return t.Members[at], true
}
