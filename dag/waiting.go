package dag

import (
	"errors"
	"slices"
)

// ErrWaitingFull says that a peer has as many events waiting for parents here as it may. The event comes again by sync
// once its parents are here.
var ErrWaitingFull = errors.New("too many events of this peer wait for missing parents")

// waiter is an event that waits, and who sent it.
type waiter struct {
	Verified
	from    string
	missing int // parents still missing
}

// want is a parent that events wait for.
type want struct {
	id       ID
	from     string // the peer that sent the first event that needs it
	since    uint64 // ms
	askedAt  uint64 // ms; 0 before the first time
	asked    int    // how often
	children []ID
}

// waitingRoom holds events whose parents are missing, bounded per peer by count and bytes.
type waitingRoom struct {
	limits Limits
	events map[ID]*waiter
	wants  map[ID]*want
	queue  []*want // in the order of first need; entries that are no longer wanted are skipped
	usage  map[string]*usage
}

type usage struct{ count, bytes int }

func newWaitingRoom(limits Limits) waitingRoom {
	return waitingRoom{limits: limits, events: map[ID]*waiter{}, wants: map[ID]*want{}, usage: map[string]*usage{}}
}

func (w *waitingRoom) has(id ID) bool { return w.events[id] != nil }

func (w *waitingRoom) put(v Verified, from string, missing []ID, now uint64) error {
	u := w.usage[from]
	if u == nil {
		u = &usage{}
		w.usage[from] = u
	}
	if u.count+1 > w.limits.WaitingCount || u.bytes+v.Size() > w.limits.WaitingBytes {
		return ErrWaitingFull
	}
	u.count++
	u.bytes += v.Size()
	w.events[v.id] = &waiter{Verified: v, from: from, missing: len(missing)}
	for _, id := range missing {
		need := w.wants[id]
		if need == nil {
			need = &want{id: id, from: from, since: now}
			w.wants[id] = need
			w.queue = append(w.queue, need)
		}
		need.children = append(need.children, v.id)
	}
	return nil
}

// release returns the events for which id was the last missing parent, in the order in which they came.
func (w *waitingRoom) release(id ID) []waiter {
	need := w.wants[id]
	if need == nil {
		return nil
	}
	delete(w.wants, id)
	var ready []waiter
	for _, child := range need.children {
		e := w.events[child]
		if e == nil {
			continue
		}
		if e.missing--; e.missing == 0 {
			ready = append(ready, w.take(child))
		}
	}
	return ready
}

// drop removes and returns all that waits, directly or not, for id.
func (w *waitingRoom) drop(id ID) []waiter {
	need := w.wants[id]
	if need == nil {
		return nil
	}
	delete(w.wants, id)
	var dropped []waiter
	for _, child := range need.children {
		if w.events[child] == nil {
			continue
		}
		dropped = append(dropped, w.take(child))
		dropped = append(dropped, w.drop(child)...)
	}
	return dropped
}

// take removes an event from the room.
func (w *waitingRoom) take(id ID) waiter {
	e := w.events[id]
	delete(w.events, id)
	u := w.usage[e.from]
	u.count--
	u.bytes -= e.Size()
	if u.count == 0 {
		delete(w.usage, e.from)
	}
	return *e
}

// Waiting returns how many events wait for missing parents.
func (g *Graph) Waiting() int { return len(g.waiting.events) }

// Ask is a list of missing parents to request from a peer.
type Ask struct {
	Peer string // who sent an event that needs them; empty if any peer will do
	IDs  []ID
}

// Wanted lists parents that have been missing for at least patience ms and were not asked for in the last retry ms, at
// most limit of them, grouped by peer, and marks them as asked for at now.
func (g *Graph) Wanted(now, patience, retry uint64, limit int) []Ask {
	w := &g.waiting
	w.queue = slices.DeleteFunc(w.queue, w.obsolete)
	var asks []Ask
	for _, n := range w.queue {
		if limit == 0 {
			break
		}
		if now < n.since+patience || w.has(n.id) || (n.askedAt != 0 && now < n.askedAt+retry) {
			continue
		}
		limit--
		asks = addAsk(asks, n.ask(now), n.id)
	}
	return asks
}

// ask notes that a parent is asked for and returns of whom: first the peer that should have it, later anyone.
func (n *want) ask(now uint64) (peer string) {
	n.askedAt = now
	n.asked++
	if n.asked > 2 {
		return ""
	}
	return n.from
}

func addAsk(asks []Ask, peer string, id ID) []Ask {
	for i := range asks {
		if asks[i].Peer == peer {
			asks[i].IDs = append(asks[i].IDs, id)
			return asks
		}
	}
	return append(asks, Ask{Peer: peer, IDs: []ID{id}})
}

// obsolete reports whether nothing waits for n any more, and forgets it then.
func (w *waitingRoom) obsolete(n *want) bool {
	if w.wants[n.id] != n {
		return true
	}
	if slices.ContainsFunc(n.children, w.has) {
		return false
	}
	delete(w.wants, n.id)
	return true
}

// Expire drops events that have waited since before the given time for a parent that never came, and returns how many.
func (g *Graph) Expire(before uint64) int {
	n := 0
	for _, need := range slices.Clone(g.waiting.queue) {
		if g.waiting.wants[need.id] == need && need.since < before {
			n += len(g.waiting.drop(need.id))
		}
	}
	return n
}

// refusedSet remembers the events refused last, so that they are not judged again.
type refusedSet struct {
	ids  map[ID]struct{}
	ring []ID
	next int
}

const refusedRemembered = 4096

func newRefusedSet() refusedSet { return refusedSet{ids: map[ID]struct{}{}} }

func (r *refusedSet) has(id ID) bool { _, ok := r.ids[id]; return ok }

func (r *refusedSet) add(id ID) {
	if len(r.ring) < refusedRemembered {
		r.ring = append(r.ring, id)
	} else {
		delete(r.ids, r.ring[r.next])
		r.ring[r.next] = id
		r.next = (r.next + 1) % refusedRemembered
	}
	r.ids[id] = struct{}{}
}
