package dag

import (
	"errors"
	"slices"
)

// ErrWaitingFull says that too many events wait for parents here: of this peer, of this key, or in all. The event comes
// again by sync once its parents are here.
var ErrWaitingFull = errors.New("too many events wait for missing parents")

// waiter is an event that waits, and who sent it.
type waiter struct {
	Verified
	from    string
	since   uint64 // ms
	missing int    // parents still missing
}

// waitingRoom holds events whose parents are missing, bounded by count and bytes, per peer, per key and in all. Everything
// in it is bounded by these: an event has at most MaxApproves+1 parents, and the lists that keep an order are rid of what is
// gone before that is most of them.
type waitingRoom struct {
	occupancy occupancy
	events    map[ID]*waiter
	arrivals  []*waiter // in the order in which they came; some may be gone
	wants     map[ID]*want
	queue     queue // of wants, without those that are here themselves
}

func newWaitingRoom(limits Limits) waitingRoom {
	return waitingRoom{occupancy: newOccupancy(limits), events: map[ID]*waiter{}, wants: map[ID]*want{}}
}

func (w *waitingRoom) has(id ID) bool { return w.events[id] != nil }

func (w *waitingRoom) put(v Verified, from string, missing []ID, now uint64) error {
	if !w.occupancy.hasRoom(v, from) {
		return ErrWaitingFull
	}
	e := &waiter{Verified: v, from: from, since: now, missing: len(missing)}
	w.occupancy.add(e)
	w.events[v.id] = e
	w.arrivals = append(tidy(w.arrivals, len(w.events), w.holds), e)
	if n := w.wants[v.id]; n != nil {
		w.queue.remove(n)
	}
	for _, id := range missing {
		w.need(id, e)
	}
	return nil
}

// need notes that e waits for a parent.
func (w *waitingRoom) need(parent ID, e *waiter) {
	n := w.wants[parent]
	if n == nil {
		n = &want{id: parent, from: e.from, at: e.since}
		w.wants[parent] = n
		if !w.has(parent) {
			w.queue.push(n)
		}
	}
	n.children = append(tidy(n.children, n.alive, w.holds), e)
	n.alive++
}

// holds reports whether a waiter is still here. One that has gone stays gone, even if its event comes again: that is another
// waiter, with parents of its own to count.
func (w *waitingRoom) holds(e *waiter) bool { return w.events[e.id] == e }

// tidy drops from list what is gone, if that is more than half of it.
func tidy[T any](list []T, alive int, isAlive func(T) bool) []T {
	if len(list) <= 2*alive+16 {
		return list
	}
	return slices.DeleteFunc(list, func(v T) bool { return !isAlive(v) })
}

// release returns the events for which id was the last missing parent, in the order in which they came.
func (w *waitingRoom) release(id ID) (ready []waiter) {
	for _, e := range w.takeWant(id) {
		if !w.holds(e) {
			continue
		}
		if e.missing--; e.missing == 0 {
			ready = append(ready, w.remove(e))
		}
	}
	return ready
}

// drop removes and returns all that waits, directly or not, for id.
func (w *waitingRoom) drop(id ID) (dropped []waiter) {
	for ids := []ID{id}; len(ids) > 0; ids = ids[1:] {
		for _, e := range w.takeWant(ids[0]) {
			if w.holds(e) {
				dropped = append(dropped, w.remove(e))
				ids = append(ids, e.id)
			}
		}
	}
	return dropped
}

// takeWant forgets that id is wanted and returns what waited for it.
func (w *waitingRoom) takeWant(id ID) (children []*waiter) {
	n := w.wants[id]
	if n == nil {
		return nil
	}
	w.forget(n)
	return n.children
}

func (w *waitingRoom) forget(n *want) {
	delete(w.wants, n.id)
	w.queue.remove(n)
}

// expire removes what came before the given time and returns how many those were.
func (w *waitingRoom) expire(before uint64) (n int) {
	w.arrivals = slices.DeleteFunc(w.arrivals, func(e *waiter) bool {
		if !w.holds(e) {
			return true
		}
		if e.since < before {
			w.remove(e)
			n++
		}
		return e.since < before
	})
	return n
}

// remove takes an event out of the room, and with it what only it wanted. If others wait for it, it is to be asked for as
// if it had never come.
func (w *waitingRoom) remove(e *waiter) waiter {
	delete(w.events, e.id)
	w.occupancy.remove(e)
	for parent := range e.parents {
		if n := w.wants[parent]; n != nil {
			if n.alive--; n.alive == 0 {
				w.forget(n)
			}
		}
	}
	if n := w.wants[e.id]; n != nil {
		n.asked = 0
		w.queue.push(n)
	}
	return *e
}

// Waiting returns how many events wait for missing parents.
func (g *Graph) Waiting() int { return g.waiting.occupancy.all.count }

// Expire drops events that came before the given time and still wait for a parent, and returns how many.
func (g *Graph) Expire(before uint64) int { return g.waiting.expire(before) }
