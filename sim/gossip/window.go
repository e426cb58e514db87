package gossip

// windows is a log that is cut at heartbeats: an entry stays for as many of them as counts is long. It is the message cache of
// mcache.go without the messages, and keeps other things that gossipsub remembers for some heartbeats.
type windows[T comparable] struct {
	entries []T      // oldest first
	counts  []uint32 // entries between two heartbeats; the last is of those since the last one
}

func (w *windows[T]) push(entry T) {
	w.entries = append(w.entries, entry)
	w.counts[len(w.counts)-1]++
}

// shift begins a new window and forgets the oldest.
func (w *windows[T]) shift() {
	if len(w.entries) == 0 {
		return
	}
	oldest := w.counts[0]
	if oldest > 0 {
		w.entries = w.entries[:copy(w.entries, w.entries[oldest:])]
	}
	last := len(w.counts) - 1
	copy(w.counts, w.counts[1:])
	w.counts[last] = 0
}

// last returns the entries of the last n windows.
func (w *windows[T]) last(n int) []T {
	var total uint32
	for _, count := range w.counts[len(w.counts)-n:] {
		total += count
	}
	return w.entries[len(w.entries)-int(total):]
}

// has reports whether an entry is there. It looks at the youngest first: those are what peers ask for.
func (w *windows[T]) has(entry T) bool {
	for i := len(w.entries) - 1; i >= 0; i-- {
		if w.entries[i] == entry {
			return true
		}
	}
	return false
}

// count returns how often an entry is there.
func (w *windows[T]) count(entry T) (n int) {
	for _, e := range w.entries {
		if e == entry {
			n++
		}
	}
	return n
}

// remove takes out the entries that a condition holds for.
func (w *windows[T]) remove(gone func(T) bool) {
	kept, at := 0, 0
	for i, count := range w.counts {
		for _, entry := range w.entries[at : at+int(count)] {
			if gone(entry) {
				w.counts[i]--
				continue
			}
			w.entries[kept] = entry
			kept++
		}
		at += int(count)
	}
	w.entries = w.entries[:kept]
}
