package invariant

import (
	"fmt"

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
	var list findings
	for id, old := range o.before { // order does not matter: the list is sorted
		s, ok := told.applied(id)
		if !ok {
			continue
		}
		for more := true; more; old, more = o.before[old] {
			if first, ok := told.applied(old); ok {
				list.add(Finding{RuleOnce, max(s.at, first.at), s.node, fmt.Sprintf(
					"event %s takes effect, and so does event %s, whose payload it carries again (node %d at %s)", id, old, first.node, seconds(first.at))})
			}
		}
	}
	return list
}
