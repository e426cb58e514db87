package invariant

import (
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag"
)

// Once checks that a payload takes effect at most once, however often its issuer had to issue it: of all the events that carried it, at
// most one was applied. What became of each is what [Spends] was told. Memory is O(payloads that were issued again).
type Once struct {
	before map[dag.ID]dag.ID // by an event that carries a payload again: the one that had carried it before
}

// NewOnce returns a checker that has seen nothing.
func NewOnce() Once { return Once{before: map[dag.ID]dag.ID{}} }

// Reissued says that an event carries the payload of an older one again.
func (o *Once) Reissued(old, id dag.ID) { o.before[id] = old }

// Count returns how many payloads were issued again, each time counted.
func (o *Once) Count() int { return len(o.before) }

// Merge takes what another has seen.
func (o *Once) Merge(other *Once) {
	for id, old := range other.before { // order does not matter: an event takes the place of one other
		o.before[id] = old
	}
}

// Findings returns the payloads that took effect twice, according to the receipts that were told.
func (o *Once) Findings(told *Spends) []Finding {
	payloads := map[dag.ID][]dag.ID{} // by the first event that carried it: those that carried it again
	for id := range o.before {        // order does not matter: each list is sorted below
		first := o.first(id)
		payloads[first] = append(payloads[first], id)
	}
	var list findings
	for first, again := range payloads { // order does not matter: the list is sorted
		slices.SortFunc(again, dag.ID.Compare)
		var effective []dag.ID
		for _, id := range append(again, first) {
			if _, ok := told.applied(id); ok {
				effective = append(effective, id)
			}
		}
		if len(effective) > 1 {
			s, _ := told.applied(effective[1])
			list.add(Finding{RuleOnce, s.at, s.node, fmt.Sprintf("event %s takes effect, and so does event %s with the same payload", effective[1], effective[0])})
		}
	}
	return list
}

// first returns the first event that carried the payload of one.
func (o *Once) first(id dag.ID) dag.ID {
	for old, ok := o.before[id]; ok; old, ok = o.before[id] {
		id = old
	}
	return id
}
