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
	places  []place // by Index
	order   []Index // attached events in the order of attaching
	chains  []localChain
	tips    tipSet
	waiting waitingRoom
	refused refusedSet
	digest  Digest
	open    int // payload events that are not ordered and can still be
}

// place is what the node knows of one vertex.
type place struct {
	attachedAt uint64 // ms
	position   uint32 // in Graph.order
	approvers  uint32 // approvable events that approve it
	attached   bool
	ordered    bool
	open       bool // counted in Graph.open
}

// NewGraph returns a graph that holds only the roots.
func NewGraph(arena *Arena, limits Limits) *Graph {
	g := &Graph{
		arena:   arena,
		waiting: newWaitingRoom(limits),
		refused: newRefusedSet(),
		tips:    newTipSet(limits.TipAge),
	}
	for i := range Index(Roots) {
		g.place(i)
		g.places[i] = place{attached: true, ordered: true}
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

// Position returns the number of the attached event at i in the order of attaching: At(Position(i)) is i.
func (g *Graph) Position(i Index) int { return int(g.places[i].position) }

// Has reports whether the event at i is attached here.
func (g *Graph) Has(i Index) bool { return int(i) < len(g.places) && g.places[i].attached }

// Find returns the index of an attached event or root.
func (g *Graph) Find(id ID) (Index, bool) {
	i, ok := g.arena.Find(id)
	return i, ok && g.Has(i)
}

// Known reports whether an event is attached, waiting, or was refused lately: asking a peer for it is of no use.
func (g *Graph) Known(id ID) bool {
	_, attached := g.Find(id)
	return attached || g.waiting.has(id) || g.refused.has(id)
}

// Result tells what became of an added event and of those that waited for it.
type Result struct {
	Attached []Index   // newly attached, parents first
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
	var r Result
	if g.Known(v.id) {
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
	return r, g.settle(waiter{Verified: v, from: from, since: now}, now, &r)
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

// settle judges an event whose parents are all decided, then those that waited for it alone. The error joins those of events
// that could not be judged.
func (g *Graph) settle(first waiter, now uint64, r *Result) error {
	var notJudged error
	ready := []waiter{first}
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

// attach records a valid event whose parents are all attached.
func (g *Graph) attach(i Index, now uint64, r *Result) {
	*g.place(i) = place{attached: true, attachedAt: now, position: uint32(len(g.order))}
	g.order = append(g.order, i)
	chain := g.arena.Vertex(i).Chain
	forked := g.chain(chain).put(g.arena, i)
	g.digest.add(g.arena.Event(i))
	g.linkApprovals(i)
	if forked {
		g.disown(chain)
	}
	r.Attached = append(r.Attached, i)
}

// place returns the node's record of vertex i, growing the list where a shared arena is ahead of this node.
func (g *Graph) place(i Index) *place {
	for int(i) >= len(g.places) {
		g.places = append(g.places, place{})
	}
	return &g.places[i]
}

// Approvable reports whether new events may approve the event at i: its key has not forked as far as this node knows.
// The event must be attached here.
func (g *Graph) Approvable(i Index) bool {
	return i < Roots || !g.chains[g.arena.Vertex(i).Chain].forked()
}

// Approvers returns how many approvable events here approve the event at i.
func (g *Graph) Approvers(i Index) int { return int(g.places[i].approvers) }

// AttachedAt returns when the event at i was attached, in ms.
func (g *Graph) AttachedAt(i Index) uint64 { return g.places[i].attachedAt }

// Ordered reports whether MarkOrdered was called for the event at i.
func (g *Graph) Ordered(i Index) bool { return g.places[i].ordered }

// MarkOrdered records that the event at i has its place in the final order.
func (g *Graph) MarkOrdered(i Index) {
	g.places[i].ordered = true
	g.refresh(i)
}

// Open returns how many payload events are attached here that are not ordered yet and can still be: their key has not
// forked, or an approvable event approves them.
func (g *Graph) Open() int { return g.open }

// IsOpen reports whether the event at i is counted in Open.
func (g *Graph) IsOpen(i Index) bool { return g.places[i].open }
