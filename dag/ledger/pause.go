package ledger

import "slices"

// A paused module's events have no effect until it is released. Its entries, deposits and deadlines stay, and what becomes
// due still takes effect: a window that was promised to somebody ends when it was to end.

// SetPaused pauses another module, or releases it, for the events that follow. No module can pause itself, since nobody could
// then release it.
func (tx *Tx) SetPaused(module string, paused bool) *Refusal {
	if err := checkName(module); err != nil {
		return Refuse(StatusMalformedPayload, "module %.40q: %v", module, err)
	}
	if module == tx.module {
		return Refuse(StatusNotAuthorised, "module %q cannot be paused: it is the one that pauses and releases", module)
	}
	key := entryKey(pausedPrefix, []byte(module))
	if !paused {
		tx.entries = tx.entries.Delete(key)
		tx.paused = withoutName(tx.paused, module)
		return nil
	}
	if !tx.IsPaused(module) {
		tx.entries = tx.entries.Set(key, record(tx.head.commits))
		tx.paused = withName(tx.paused, module)
	}
	return nil
}

// IsPaused reports whether a module is paused.
func (tx *Tx) IsPaused(module string) bool { return hasName(tx.paused, module) }

// Paused returns the names of the modules that are paused, in rising order.
func (s *State) Paused() []string { return slices.Clone(s.paused) }

func (s *State) isPaused(module string) bool { return hasName(s.paused, module) }

// hasName looks for a name in a sorted list.
func hasName(names []string, name string) bool {
	_, ok := slices.BinarySearch(names, name)
	return ok
}

// withName returns a sorted list with a name added; the one given stays as it is.
func withName(names []string, name string) []string {
	at, ok := slices.BinarySearch(names, name)
	if ok {
		return names
	}
	return slices.Insert(slices.Clone(names), at, name)
}

// withoutName returns a sorted list with a name removed; the one given stays as it is.
func withoutName(names []string, name string) []string {
	at, ok := slices.BinarySearch(names, name)
	if !ok {
		return names
	}
	return slices.Delete(slices.Clone(names), at, at+1)
}
