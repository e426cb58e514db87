package finality

import "github.com/ledgerofthings/lot/dag"

// window is the slots that are not emitted, the lowest first: a ring, so that slots come and go without new memory.
type window struct {
	ring  []slot // as many as a power of two, or none
	first int    // where the lowest is
	count int
}

// at returns the n-th slot, from 0. It is valid until the window grows.
func (w *window) at(n int) *slot { return &w.ring[(w.first+n)&(len(w.ring)-1)] }

// grow adds an empty slot behind the others.
func (w *window) grow() {
	if w.count == len(w.ring) {
		wider := make([]slot, max(4, 2*len(w.ring)))
		for n := range w.count {
			wider[n] = *w.at(n)
		}
		w.ring, w.first = wider, 0
	}
	w.count++
	s := w.at(w.count - 1)
	*s = slot{leader: dag.NoIndex, runners: s.runners[:0]}
}

// drop removes the lowest slot.
func (w *window) drop() {
	w.first = (w.first + 1) & (len(w.ring) - 1)
	w.count--
}
