package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"iter"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/merklemap"
)

// ErrEntries is wrapped by the errors of Load and CheckSupply: the entries are not those of a state.
var ErrEntries = errors.New("ledger entries are damaged")

// Load rebuilds a state from its entries, in any order; it copies them. It checks the form of the ledger's own entries and
// the supply, so that a damaged disk is noticed here and not by a wrong balance; whoever knows the root compares it too.
// Errors wrap ErrEntries.
func Load(entries iter.Seq2[[]byte, []byte]) (*State, error) {
	m, err := merklemap.Build(entries)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEntries, err)
	}
	s := &State{entries: m.Draft(), deadlines: newSchedule()}
	b, ok := m.Get([]byte(headKey))
	if !ok || len(b) != len(head{}.record()) {
		return nil, fmt.Errorf("%w: no entry %q of its length", ErrEntries, headKey)
	}
	s.head = head{time: integer(b, 0), commits: integer(b, 1), checkpoints: integer(b, 2), supply: integer(b, 3)}
	for key, value := range m.All() {
		if err := s.loadEntry(key, value); err != nil {
			return nil, fmt.Errorf("%w: entry %q: %w", ErrEntries, key, err)
		}
	}
	return s, CheckSupply(s)
}

// loadEntry checks one entry, puts deadlines on the schedule and notes which modules are paused.
func (s *State) loadEntry(key, value []byte) error {
	if size, ok := ownEntrySize(key, value); ok && len(value) != size {
		return fmt.Errorf("%d bytes, want %d", len(value), size)
	}
	if name, isPaused := bytes.CutPrefix(key, []byte(pausedPrefix)); isPaused {
		if err := checkName(string(name)); err != nil {
			return fmt.Errorf("no module: %w", err)
		}
		s.paused = withName(s.paused, string(name))
	}
	name, isDeadline := bytes.CutPrefix(key, []byte(deadlinePrefix))
	if !isDeadline {
		return nil
	}
	module, id, ok := bytes.Cut(name, []byte("/"))
	if !ok {
		return errors.New("no module in the key")
	}
	s.deadlines = s.deadlines.with(string(module), string(id), parsePending(value))
	return nil
}

// ownEntrySize returns the length that the value of one of the ledger's own entries must have; lists must be whole.
func ownEntrySize(key, value []byte) (size int, ok bool) {
	const idSize = len(dag.ID{})
	owner, _, _ := bytes.Cut(key, []byte("/"))
	switch string(owner) + "/" {
	case accountPrefix:
		return len(Account{}.record()), true
	case depositPrefix, pausedPrefix:
		return len(record(0)), true
	case deadlinePrefix:
		return len(pending{}.record()), true
	case frozenPrefix:
		return idSize, true
	case keysPrefix:
		return min(max(len(value)/idSize, 1), MaxKeys) * idSize, true
	case recentPrefix:
		return min(max(len(value)/idSize, 1), chunkLength) * idSize, true
	}
	return 0, false
}

// Diff visits every entry that differs between two states, once each, until visit returns false: with its full key and its
// value in next, or nil if it is gone there. Its cost is that of the changes. Putting them on what Load made prev from
// makes next.
func Diff(prev, next *State, visit func(key, value []byte) bool) {
	merklemap.Diff(prev.entries.Map(), next.entries.Map(), visit)
}

// Entries iterates over all entries with their full keys, in an order that is a function of the keys.
func (s *State) Entries() iter.Seq2[[]byte, []byte] { return s.entries.Map().All() }

// CheckSupply adds up all balances and deposits and compares them with the supply. It is the invariant that every commit
// keeps; its cost is that of walking the whole state. The error wraps ErrEntries.
func CheckSupply(s *State) error {
	var sum uint64
	for key, value := range s.Entries() {
		if !bytes.HasPrefix(key, []byte(accountPrefix)) && !bytes.HasPrefix(key, []byte(depositPrefix)) {
			continue
		}
		amount := integer(value, 0)
		if amount > dag.MaxInteger-sum {
			return fmt.Errorf("%w: balances and deposits exceed %d in sum", ErrEntries, uint64(dag.MaxInteger))
		}
		sum += amount
	}
	if sum != s.head.supply {
		return fmt.Errorf("%w: balances and deposits are %d in sum, the supply is %d", ErrEntries, sum, s.head.supply)
	}
	return nil
}
