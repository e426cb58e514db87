package dag

import (
	"errors"
	"fmt"
	"slices"
)

// ErrKnown says that an event is here already.
var ErrKnown = errors.New("event is known")

// Graph is one node's view: which events of the arena it holds, in which order they came, which are tips, and which
// wait for parents.
type Graph struct {
	arena   *Arena
	places  []place      // by Index
	order   []Index      // attached events in the order of attaching
	chains  []localChain // by ChainIndex
	buckets [Buckets]bucket
	forks   []*forkedChain
	tips    tipSet
	waiting waitingRoom
	refused refusedSet
	digest  Digest
	past    past
	open    int     // payload events that are not ordered and can still be
	buffer  []Index // for Result.Attached
}

// NewGraph returns a graph that holds only the roots.
func NewGraph(arena *Arena, limits Limits) *Graph {
	g := &Graph{
		arena:   arena,
		waiting: newWaitingRoom(limits),
		refused: newRefusedSet(),
		tips:    tipSet{maxAge: limits.TipAge},
	}
	for i := range Index(Roots) {
		g.place(i).marks = isAttached | isOrdered
		g.refresh(i)
	}
	return g
}

// Arena returns the arena that the graph's indices belong to.
func (g *Graph) Arena() *Arena { return g.arena }

// Len returns the number of attached events, without the roots.
func (g *Graph) Len() int { return len(g.order) }

// At returns the n-th attached event, from 0.
func (g *Graph) At(n int) Index { return g.order[n] }

// Find returns the index of an attached event or root.
func (g *Graph) Find(id ID) (Index, bool) {
	i, ok := g.arena.Find(id)
	return i, ok && g.Has(i)
}

// Locate is Find for an event at hand: it need not be looked up by its id where the arena has met it.
func (g *Graph) Locate(e *Event) (Index, bool) {
	i, ok := g.arena.lookup(e)
	return i, ok && g.Has(i)
}

// Known reports whether an event is attached, waiting, or was refused lately: asking a peer for it is of no use.
func (g *Graph) Known(id ID) bool {
	_, attached := g.Find(id)
	return attached || g.waiting.has(id) || g.refused.has(id)
}

// Result tells what became of an added event and of those that waited for it.
type Result struct {
	Attached []Index   // newly attached, parents first; valid until the next Add
	Refused  []Refusal // found invalid
	Missing  []ID      // parents that the added event waits for
}

// Refusal is an event that was found invalid, and why.
type Refusal struct {
	Event *Event
	From  string // the peer that sent it, as given to Add
	Err   error  // wraps ErrInvalid
}

// Add takes an event that a peer sent (from is empty for one's own). An event whose parents are here is judged and
// attached, and with it those that waited for it; else it waits. An invalid event is no error but listed in
// Result.Refused. Errors: ErrKnown, ErrWaitingFull; ErrNotJudged if the arena could not judge one of the events, by no fault
// of theirs. The result tells what became of the others.
func (g *Graph) Add(v Verified, from string, now uint64) (Result, error) {
	i, judged := g.arena.lookup(v.Event)
	if judged && g.Has(i) {
		return Result{}, ErrKnown
	}
	r := Result{Attached: g.buffer[:0]}
	if judged && g.hasParents(i) { // another node of the arena was first; what is valid and complete neither waits nor was refused
		g.attach(i, now, &r)
		if g.Waiting() == 0 {
			return r, nil
		}
		return r, g.settle(g.waiting.release(v.id), now, &r)
	}
	if g.waiting.has(v.id) || g.refused.has(v.id) {
		return r, ErrKnown
	}
	r.Missing = g.missing(v.Event)
	if slices.ContainsFunc(r.Missing, g.refused.has) {
		r.Missing = nil
		g.refuse(waiter{Verified: v, from: from}, errRestsOnInvalid, &r)
		g.refuseWaiting(v.id, &r)
		return r, nil
	}
	if len(r.Missing) > 0 {
		return r, g.waiting.put(v, from, r.Missing, now)
	}
	return r, g.settle([]waiter{{Verified: v, from: from, since: now}}, now, &r)
}

// hasParents reports whether all that the vertex at i points to is attached here.
func (g *Graph) hasParents(i Index) bool {
	v := g.arena.Vertex(i)
	for _, p := range v.Approves {
		if !g.Has(p) {
			return false
		}
	}
	return v.Prev == NoIndex || g.Has(v.Prev)
}

// missing lists the parents of e that are not attached here.
func (g *Graph) missing(e *Event) []ID {
	var ids []ID
	for id := range e.parents {
		if _, ok := g.Find(id); !ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// settle judges events whose parents are all decided, then those that waited for them alone. The error joins those of events
// that could not be judged.
func (g *Graph) settle(ready []waiter, now uint64, r *Result) error {
	var notJudged error
	for len(ready) > 0 {
		w := ready[0]
		ready = ready[1:]
		i, err := g.arena.Intern(w.Verified)
		switch {
		case err == nil:
			g.attach(i, now, r)
			ready = append(ready, g.waiting.release(w.id)...)
		case errors.Is(err, ErrInvalid):
			g.refuse(w, err, r)
			g.refuseWaiting(w.id, r)
		default:
			notJudged = errors.Join(notJudged, err, g.putBack(w))
		}
	}
	return notJudged
}

// putBack lets an event that could not be judged wait again for what is missing. Without that there is nothing to wait for:
// it is let go, and comes again by the exchange.
func (g *Graph) putBack(w waiter) error {
	if missing := g.missing(w.Event); len(missing) > 0 {
		return g.waiting.put(w.Verified, w.from, missing, w.since)
	}
	return nil
}

// refuseWaiting refuses all that waited for a refused event, since nothing valid rests on what is not.
func (g *Graph) refuseWaiting(id ID, r *Result) {
	for _, w := range g.waiting.drop(id) {
		g.refuse(w, errRestsOnInvalid, r)
	}
}

func (g *Graph) refuse(w waiter, err error, r *Result) {
	g.refused.add(w.id)
	r.Refused = append(r.Refused, Refusal{Event: w.Event, From: w.from, Err: err})
}

var errRestsOnInvalid = fmt.Errorf("%w: rests on one", ErrInvalid)

// maxBuffer is how many indices are kept room for between two calls of Add.
const maxBuffer = 256

// attach records a valid event whose parents are all attached.
func (g *Graph) attach(i Index, now uint64, r *Result) {
	*g.place(i) = newPlace(len(g.order), now)
	g.order = append(g.order, i)
	chain := g.arena.Vertex(i).Chain
	forked := g.extend(chain, i)
	g.past.remember(g.digest.mark(bucketOf(g.arena.Event(i).fields.Key)))
	g.digest.add(g.arena.Event(i))
	g.linkApprovals(i)
	if forked {
		g.disown(chain)
	}
	r.Attached = append(r.Attached, i)
	if cap(r.Attached) <= maxBuffer {
		g.buffer = r.Attached
	}
}

// Approvable reports whether new events may approve the event at i: its key has not forked as far as this node knows.
// The event must be attached here.
func (g *Graph) Approvable(i Index) bool {
	return i < Roots || !g.chains[g.arena.Vertex(i).Chain].forked()
}

// MarkOrdered records that the event at i has its place in the final order.
func (g *Graph) MarkOrdered(i Index) {
	g.places[i].set(isOrdered, true)
	g.refresh(i)
}

// Open returns how many payload events are attached here that are not ordered yet and can still be: their key has not
// forked, or an approvable event approves them.
func (g *Graph) Open() int { return g.open }
