package invariant

import "fmt"

// Forks checks that no honest node ever issues two events with one number: its key would be frozen for good. A node whose disk
// was wiped, replaced by an older copy or damaged may, from then on, since it cannot know what it had issued. Memory is
// O(nodes).
type Forks struct {
	seen    map[int]sighting[int] // by the node whose key has forked: who saw it first
	excused map[int]uint64        // by node: since when, µs
}

// NewForks returns a checker that has seen nothing.
func NewForks() Forks { return Forks{seen: map[int]sighting[int]{}, excused: map[int]uint64{}} }

// Forked says that a node saw the key of an honest node fork, at a virtual time in microseconds.
func (f *Forks) Forked(node int, at uint64, by int) {
	f.keep(node, sighting[int]{by, at, by})
}

func (f *Forks) keep(node int, s sighting[int]) {
	if first, known := f.seen[node]; !known || s.before(&first) {
		f.seen[node] = s
	}
}

// Replaced says that at a virtual time in microseconds a node lost its disk or a part of it.
func (f *Forks) Replaced(node int, at uint64) {
	if since, known := f.excused[node]; !known || at < since {
		f.excused[node] = at
	}
}

// Merge takes what another has seen.
func (f *Forks) Merge(other *Forks) {
	for node, s := range other.seen { // order does not matter: the earliest is kept
		f.keep(node, s)
	}
	for node, at := range other.excused { // order does not matter, for the same reason
		f.Replaced(node, at)
	}
}

// Findings returns the honest nodes that had no excuse.
func (f *Forks) Findings() []Finding {
	var list findings
	for node, s := range f.seen { // order does not matter: the list is sorted
		if since, excused := f.excused[node]; excused && since <= s.at {
			continue
		}
		list.add(Finding{RuleForks, s.at, node, fmt.Sprintf("its key has forked, as node %d sees, though it follows the rules and has lost nothing", s.value)})
	}
	return list
}
