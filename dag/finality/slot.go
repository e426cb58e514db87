package finality

import "github.com/ledgerofthings/lot/dag"

// SlotState says what a node has decided about a slot.
type SlotState uint8

// The states of a slot. A decided slot never changes.
const (
	Undecided SlotState = iota
	Committed
	Skipped
)

// String returns the state in lower case.
func (s SlotState) String() string {
	return [...]string{"undecided", "committed", "skipped"}[s]
}

// memberSet is a set of member numbers.
type memberSet [(MaxMembers + 63) / 64]uint64

func (s *memberSet) has(m int) bool { return s[m/64]&(1<<(m%64)) != 0 }

// add puts m in and reports whether it was new.
func (s *memberSet) add(m int) bool {
	had := s.has(m)
	s[m/64] |= 1 << (m % 64)
	return !had
}

// ballot is a set of members with its weight.
type ballot struct {
	members memberSet
	weight  uint64
}

// cast counts a member once.
func (b *ballot) cast(c *Committee, m int) {
	if b.members.add(m) {
		b.weight += c.members[m].Weight
	}
}

// runner is a candidate with the ballots cast for it.
type runner struct {
	candidate dag.Index
	votes     ballot
	certs     ballot
}

// slot is what a node has seen of a slot that is not emitted yet.
type slot struct {
	state   SlotState
	leader  dag.Index // once committed
	none    ballot    // nil votes
	runners []runner  // more than one only where the leader forked
}

// runner returns the entry of a candidate.
func (s *slot) runner(candidate dag.Index) *runner {
	for n := range s.runners {
		if s.runners[n].candidate == candidate {
			return &s.runners[n]
		}
	}
	s.runners = append(s.runners, runner{candidate: candidate})
	return &s.runners[len(s.runners)-1]
}

// vote counts a vote; NoIndex is nil. A member that forked may count for several candidates, once for each.
func (s *slot) vote(c *Committee, m int, candidate dag.Index) {
	if candidate == dag.NoIndex {
		s.none.cast(c, m)
		return
	}
	s.runner(candidate).votes.cast(c, m)
}

// decideDirectly applies step 6.
func (s *slot) decideDirectly(c *Committee) {
	for n := range s.runners {
		if c.Quorum(s.runners[n].certs.weight) {
			s.commit(s.runners[n].candidate)
			return
		}
	}
	if c.Quorum(s.none.weight) {
		s.state = Skipped
	}
}

func (s *slot) commit(candidate dag.Index) { s.state, s.leader = Committed, candidate }
