package dag

import (
	"errors"
	"fmt"
)

// Index is an event's place in an Arena. A parent's index is always below its children's.
type Index uint32

const (
	// NoIndex stands where there is no event.
	NoIndex = ^Index(0)
	// Roots is the number of roots that every graph starts from; their indices are 0 to Roots-1.
	Roots = 2
)

// ErrInvalid is wrapped by the errors of events that break a rule of the graph. It depends on the event's cone alone, so
// every honest node comes to the same verdict: it is a provable fault of the issuer.
var ErrInvalid = errors.New("invalid event")

// ErrNotJudged is wrapped by the errors of events that cannot be judged yet: a parent is not in the arena, or a judge has not
// been asked about all vertices before. That is a fault of the caller and says nothing of the event.
var ErrNotJudged = errors.New("event cannot be judged yet")

// Vertex is an event in its place: what it points to, as indices.
type Vertex struct {
	Event    *Event // nil for a root
	Prev     Index  // the key's event before it, or NoIndex
	Approves []Index
	Chain    ChainIndex // the issuing key's chain; unset for a root
	Branch   BranchIndex
}

// Judge decides on validity by an event's cone alone. Judge is called once the event has its index and its parents have
// been judged valid; an error makes the event invalid, unless it wraps ErrNotJudged. It may be called again for the same
// index after an error, with another event.
type Judge interface {
	Judge(a *Arena, i Index) error
}

// Arena interns the valid events of one epoch with all that is a function of their cones alone. A node has one; a simulator may give one
// arena to many nodes, since they would all compute the same.
type Arena struct {
	origin    Origin
	roots     [Roots]ID
	approvals int
	judges    []Judge
	vertices  []Vertex
	byID      map[ID]Index
	chains    chains
}

// NewArena returns an arena that holds the roots of an epoch. approvals is the epoch's number of approvals of a payload
// event, from MinApproves to MaxApproves. The judges are asked in order.
func NewArena(origin Origin, approvals int, judges ...Judge) *Arena {
	a := &Arena{origin: origin, approvals: approvals, judges: judges, byID: map[ID]Index{}, chains: newChains()}
	for n := range Roots {
		a.roots[n] = origin.Root(n)
		a.byID[a.roots[n]] = Index(n)
		a.vertices = append(a.vertices, Vertex{Prev: NoIndex})
	}
	return a
}

// Origin returns what the arena's graph begins with.
func (a *Arena) Origin() Origin { return a.origin }

// Approvals returns how many events a payload event may approve at most.
func (a *Arena) Approvals() int { return a.approvals }

// Len returns the number of vertices, the roots included; indices run below it.
func (a *Arena) Len() int { return len(a.vertices) }

// Vertex returns the vertex at i. The pointer is valid until the next Intern.
func (a *Arena) Vertex(i Index) *Vertex { return &a.vertices[i] }

// Event returns the event at i; nil for a root.
func (a *Arena) Event(i Index) *Event { return a.vertices[i].Event }

// Find returns the index of an id.
func (a *Arena) Find(id ID) (Index, bool) {
	i, ok := a.byID[id]
	return i, ok
}

// lookup returns the index of an event. It is quick for an event that was looked up or interned here before.
func (a *Arena) lookup(e *Event) (Index, bool) {
	if e.home == a {
		return e.index, true
	}
	i, ok := a.byID[e.id]
	if ok {
		e.home, e.index = a, i
	}
	return i, ok
}

// Restore is the function of that name, but returns the event that is here if there is one of that content.
func (a *Arena) Restore(block []byte) (Verified, error) {
	if i, ok := a.byID[HashBlock(block)]; ok {
		return Verified{a.vertices[i].Event}, nil
	}
	return Restore(block)
}

// ID returns the id of the vertex at i.
func (a *Arena) ID(i Index) ID {
	if i < Roots {
		return a.roots[i]
	}
	return a.vertices[i].Event.id
}

// Intern adds an event whose prev and approved events are here already, and returns its index. It returns the known index
// if the event is here. Errors wrap either ErrInvalid or ErrNotJudged.
func (a *Arena) Intern(v Verified) (Index, error) {
	e := v.Event
	if i, ok := a.lookup(e); ok {
		return i, nil
	}
	vertex, err := a.link(e)
	if err != nil {
		return NoIndex, e.fault(err)
	}
	i := Index(len(a.vertices))
	undo := a.chains.extend(a, i, &vertex)
	a.vertices = append(a.vertices, vertex)
	for _, judge := range a.judges {
		if err := judge.Judge(a, i); err != nil {
			a.vertices = a.vertices[:i]
			undo()
			return NoIndex, e.fault(err)
		}
	}
	a.byID[e.id] = i
	e.home, e.index = a, i
	return i, nil
}

// fault says of which event an error is, and that it makes the event invalid unless it is the caller's.
func (e *Event) fault(err error) error {
	if errors.Is(err, ErrNotJudged) {
		return fmt.Errorf("%s of %s: %w", e.id.Short(), e.fields.Key.Short(), err)
	}
	return fmt.Errorf("%w: %s of %s: %w", ErrInvalid, e.id.Short(), e.fields.Key.Short(), err)
}

// link checks what an event says of its parents.
func (a *Arena) link(e *Event) (Vertex, error) {
	f := &e.fields
	v := Vertex{Event: e, Prev: NoIndex, Approves: make([]Index, len(f.Approves))}
	if f.Network != a.origin.Network {
		return v, fmt.Errorf("belongs to network %s", f.Network)
	}
	if !e.IsWitness() && len(f.Approves) > a.approvals {
		return v, fmt.Errorf("a payload event approves %d events, this network allows %d", len(f.Approves), a.approvals)
	}
	for n, id := range f.Approves {
		i, ok := a.byID[id]
		if !ok {
			return v, fmt.Errorf("%w: it approves unknown %s", ErrNotJudged, id.Short())
		}
		v.Approves[n] = i
	}
	if f.Seq == 1 {
		return v, nil
	}
	i, ok := a.byID[f.Prev]
	if !ok {
		return v, fmt.Errorf("%w: its prev %s is unknown", ErrNotJudged, f.Prev.Short())
	}
	if i < Roots {
		return v, errors.New("prev is a root")
	}
	v.Prev = i
	return v, f.checkSuccession(&a.vertices[i].Event.fields)
}

// checkSuccession refuses an event that does not continue the chain of its prev.
func (f *Fields) checkSuccession(prev *Fields) error {
	switch {
	case prev.Key != f.Key:
		return errors.New("prev is another key's event")
	case prev.Seq+1 != f.Seq:
		return fmt.Errorf("seq %d after %d", f.Seq, prev.Seq)
	case f.Time < prev.Time:
		return fmt.Errorf("time %d ms before its prev's", prev.Time-f.Time)
	}
	return nil
}
