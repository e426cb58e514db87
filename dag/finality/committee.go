package finality

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag"
)

// MaxMembers is the largest committee.
const MaxMembers = 100

// ErrCommittee is wrapped by the errors of NewCommittee.
var ErrCommittee = errors.New("invalid committee")

// Member is a gateway with a weight in the committee.
type Member struct {
	Name   string // for people; it decides nothing
	Key    dag.Key
	Weight uint64 // from 1
}

// Committee is an immutable set of weighted members in rising order of their keys. A member's number is its place there.
type Committee struct {
	members []Member
	numbers map[dag.Key]int
	total   uint64
}

// NewCommittee returns the committee of 1 to MaxMembers members with different keys and weights of at least 1 that add up
// to dag.MaxInteger at most. The error wraps ErrCommittee and names every fault.
func NewCommittee(members []Member) (*Committee, error) {
	c := &Committee{members: slices.Clone(members), numbers: make(map[dag.Key]int, len(members))}
	slices.SortFunc(c.members, func(a, b Member) int { return a.Key.Compare(b.Key) })
	var faults []error
	if len(members) == 0 || len(members) > MaxMembers {
		faults = append(faults, fmt.Errorf("%d members, want 1 to %d", len(members), MaxMembers))
	}
	for n, m := range c.members {
		if _, taken := c.numbers[m.Key]; taken {
			faults = append(faults, fmt.Errorf("member %q: key %s is listed twice", m.Name, m.Key.Short()))
		}
		c.numbers[m.Key] = n
		if m.Weight == 0 || m.Weight > dag.MaxInteger-c.total {
			faults = append(faults, fmt.Errorf("member %q: weight %d, want at least 1 and at most %d in all",
				m.Name, m.Weight, uint64(dag.MaxInteger)))
			continue
		}
		c.total += m.Weight
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("%w: %w", ErrCommittee, errors.Join(faults...))
	}
	return c, nil
}

// Len returns the number of members.
func (c *Committee) Len() int { return len(c.members) }

// Member returns the member with number n, from 0.
func (c *Committee) Member(n int) Member { return c.members[n] }

// Members returns a copy of the members in the order of their numbers.
func (c *Committee) Members() []Member { return slices.Clone(c.members) }

// Number returns the number of the member that holds key.
func (c *Committee) Number(key dag.Key) (int, bool) {
	n, ok := c.numbers[key]
	return n, ok
}

// Total returns the weight of all members, W.
func (c *Committee) Total() uint64 { return c.total }

// Quorum reports whether weight w is more than two thirds of the total.
func (c *Committee) Quorum(w uint64) bool { return 3*w > 2*c.total }

// Blocks reports whether weight w is a third of the total or more, so that the rest is no quorum.
func (c *Committee) Blocks(w uint64) bool { return !c.Quorum(c.total - w) }

// ExceedsFaulty reports whether weight w is more than a third of the total: more than faulty members can have.
func (c *Committee) ExceedsFaulty(w uint64) bool { return 3*w > c.total }
