package finality

import "github.com/ledgerofthings/lot/dag"

// SlotStatus is what a node knows of a slot. Weights are out of Committee.Total.
type SlotStatus struct {
	Slot       uint64
	Leader     int // the leading member's number
	State      SlotState
	Committed  dag.Index         // the committed candidate, or NoIndex
	Candidates []CandidateStatus // those the node holds, while the slot is not emitted
	Nil        uint64            // weight of the nil votes it holds, while the slot is not emitted
}

// CandidateStatus is what a node knows of a candidate.
type CandidateStatus struct {
	Event        dag.Index
	Votes        uint64 // weight of the votes for it
	Certificates uint64 // weight of the certificates for it
}

// Slot returns what the node knows of a slot, from 1.
func (o *Order) Slot(n uint64) SlotStatus {
	status := SlotStatus{Slot: n, Leader: o.rules.Leader(n), Committed: dag.NoIndex}
	switch {
	case n == 0 || n >= o.low+uint64(o.slots.count):
	case n < o.low:
		status.Committed = o.emitted(n)
		status.State = Skipped
		if status.Committed != dag.NoIndex {
			status.State = Committed
		}
	default:
		s := o.slots.at(int(n - o.low))
		status.State, status.Committed, status.Nil = s.state, s.leader, s.none.weight
		for _, c := range s.runners {
			status.Candidates = append(status.Candidates, CandidateStatus{c.candidate, c.votes.weight, c.certs.weight})
		}
	}
	return status
}

// Pending returns the status of the slots that are not emitted and that the node has seen anything of, the lowest first.
func (o *Order) Pending() []SlotStatus {
	out := make([]SlotStatus, o.slots.count)
	for n := range out {
		out[n] = o.Slot(o.low + uint64(n))
	}
	return out
}

// MemberRound returns the highest round that the node has seen the member with number m claim.
func (o *Order) MemberRound(m int) uint64 { return uint64(o.rules.headRound(o.view[m])) }

// Stage says how far an event is on its way into the order.
type Stage uint8

const (
	// StageUncovered means that no candidate of a pending slot has the event in its cone. Committee members have not seen it yet, or
	// have not built on it.
	StageUncovered Stage = iota
	// StageVoting means that a candidate has it in its cone, and that candidate's slot waits for votes and certificates.
	StageVoting
	// StageBehind means that the candidate is committed, and an earlier slot is undecided.
	StageBehind
	// StageOrdered means that the event has its final place.
	StageOrdered
)

// String returns the stage in one word.
func (s Stage) String() string {
	return [...]string{"uncovered", "voting", "behind", "ordered"}[s]
}

// Explanation says where an event stands and what it waits for.
type Explanation struct {
	Stage  Stage
	Commit uint64     // StageOrdered: the number of the commit
	Slot   SlotStatus // StageVoting and StageBehind: the first slot with a candidate that covers it
	First  SlotStatus // unless ordered: the first undecided slot, which holds up all later ones
}

// Explain says why an attached event is not ordered yet. It searches the events that are not ordered, so it is for people who
// ask and not for every event.
func (o *Order) Explain(i dag.Index) Explanation {
	if number, ok := o.CommitOf(i); ok {
		return Explanation{Stage: StageOrdered, Commit: number}
	}
	e := Explanation{First: o.Slot(o.low)}
	for n := range o.slots.count {
		s := o.slots.at(n)
		if s.state == Skipped || !o.covers(s, i) {
			continue
		}
		e.Stage, e.Slot = StageVoting, o.Slot(o.low+uint64(n))
		if s.state == Committed {
			e.Stage = StageBehind
		}
		break
	}
	return e
}

// covers reports whether a candidate of the slot that can still be committed, or is, has the event at i in its cone.
func (o *Order) covers(s *slot, i dag.Index) bool {
	for _, c := range s.runners {
		if s.state == Committed && c.candidate != s.leader {
			continue
		}
		if o.reaches(c.candidate, i) {
			return true
		}
	}
	return false
}

// reaches reports whether the event at i, which is not ordered, is in the cone of from. Parents have lower indices and what is
// ordered has an ordered cone, so neither need be searched below.
func (o *Order) reaches(from, i dag.Index) bool {
	seen := map[dag.Index]bool{from: true}
	for stack := []dag.Index{from}; len(stack) > 0; {
		j := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if j == i {
			return true
		}
		v := o.rules.arena.Vertex(j)
		for _, p := range append([]dag.Index{v.Prev}, v.Approves...) {
			if _, ordered := o.CommitOf(p); p != dag.NoIndex && p >= i && !ordered && !seen[p] {
				seen[p] = true
				stack = append(stack, p)
			}
		}
	}
	return false
}
