package finality

import (
	"cmp"
	"slices"

	"github.com/ledgerofthings/lot/dag"
)

// claim is a time that a member told, with the member's weight.
type claim struct {
	time, weight uint64
}

// medianTime returns the time in ms that a candidate of a slot stands for: the lower weighted median of the times of
// the members' first(m, slot-1) in its cone, or 0 if those members are no quorum. Faulty members, being less than half of
// any quorum, cannot move it beyond what honest members told.
func (r *Rules) medianTime(leader dag.Index, slot uint64) uint64 {
	var claims []claim
	var total uint64
	for m, member := range r.committee.members {
		if e := r.First(leader, m, slot-1); e != dag.NoIndex {
			claims = append(claims, claim{r.arena.Event(e).Time(), member.Weight})
			total += member.Weight
		}
	}
	if !r.committee.Quorum(total) {
		return 0
	}
	return lowerMedian(claims, total)
}

// lowerMedian returns the lowest time such that the claims up to it hold half of the total weight or more.
func lowerMedian(claims []claim, total uint64) uint64 {
	slices.SortFunc(claims, func(a, b claim) int { return cmp.Compare(a.time, b.time) })
	var below uint64
	for _, c := range claims {
		below += c.weight
		if 2*below >= total {
			return c.time
		}
	}
	return 0
}
