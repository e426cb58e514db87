package invariant

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// Spends checks that nothing is spent twice anywhere: honest nodes give an event the same receipt, and no two transfers that
// took effect, at whichever nodes, use the same sequence of one account. Memory is O(payload events).
type Spends struct {
	receipts map[dag.ID]agreement[ledger.Status]
	spent    map[spend]agreement[dag.ID]
	disputed []dag.ID // receipts that are broken
	twice    []spend  // spent that are broken
}

// spend is what only one transfer may use.
type spend struct {
	account  dag.Account
	sequence uint64
}

// NewSpends returns a checker that has seen nothing.
func NewSpends() Spends {
	return Spends{receipts: map[dag.ID]agreement[ledger.Status]{}, spent: map[spend]agreement[dag.ID]{}}
}

// Receipt takes what became of an event with a payload by a node's order. It costs one look into a table for all nodes but the
// first that tells of an event.
func (s *Spends) Receipt(node int, at uint64, e *dag.Event, status ledger.Status) {
	id := e.ID()
	seen := sighting[ledger.Status]{status, at, node}
	if a := s.receipts[id]; a.covers(&seen) {
		return
	}
	s.receipt(id, agreement[ledger.Status]{seen: 1, first: seen})
	if status != ledger.StatusApplied || e.Kind() != ledger.KindTransfer {
		return
	}
	transfer, err := ledger.DecodeTransfer(e.Body())
	if err != nil { // a transfer that took effect is well-formed, so the receipt is wrong
		seen.value = ledger.StatusMalformedPayload
		s.receipt(id, agreement[ledger.Status]{seen: 1, first: seen})
		return
	}
	s.spend(spend{e.Account(), transfer.Sequence}, agreement[dag.ID]{seen: 1, first: sighting[dag.ID]{id, at, node}})
}

func (s *Spends) receipt(id dag.ID, seen agreement[ledger.Status]) {
	if combine(s.receipts, id, &seen) {
		s.disputed = append(s.disputed, id)
	}
}

func (s *Spends) spend(what spend, seen agreement[dag.ID]) {
	if combine(s.spent, what, &seen) {
		s.twice = append(s.twice, what)
	}
}

// combine puts what was seen into a table of agreements, and reports whether that broke the one that it belongs to.
func combine[K, V comparable](table map[K]agreement[V], key K, seen *agreement[V]) bool {
	a := table[key]
	before := a
	a.merge(seen)
	if a != before {
		table[key] = a
	}
	return a.broken() && !before.broken()
}

// applied returns where an event was first seen to have taken effect.
func (s *Spends) applied(id dag.ID) (sighting[ledger.Status], bool) {
	a, ok := s.receipts[id]
	return a.first, ok && a.first.value == ledger.StatusApplied
}

// Merge takes what another has seen.
func (s *Spends) Merge(other *Spends) {
	for id, seen := range other.receipts { // order does not matter: agreements are the same in any
		s.receipt(id, seen)
	}
	for what, seen := range other.spent { // order does not matter, for the same reason
		s.spend(what, seen)
	}
}

// Findings returns the first events on whose receipts nodes differ, and the first account sequences that were used twice.
func (s *Spends) Findings() []Finding {
	var receipts, spends findings
	for _, id := range s.disputed {
		a := s.receipts[id]
		receipts.add(Finding{RuleReceipts, a.second.at, a.second.node, fmt.Sprintf("event %s is %s here; at node %d it is %s since %s",
			id, a.second.value, a.first.node, a.first.value, seconds(a.first.at))})
	}
	for _, what := range s.twice {
		a := s.spent[what]
		spends.add(Finding{RuleSpends, a.second.at, a.second.node, fmt.Sprintf("transfer %s took effect here with sequence %d of %s; at node %d transfer %s has it since %s",
			a.second.value, what.sequence, what.account, a.first.node, a.first.value, seconds(a.first.at))})
	}
	return append(receipts, spends...)
}
