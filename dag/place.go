package dag

// place is what the node knows of one vertex. It has 16 bytes, since a node keeps one for every event.
type place struct {
	attachedLow  uint32 // ms, the lower half
	position     uint32 // in Graph.order
	links        uint32 // of a tip: its place among the tips; else: how many approvable events approve it
	attachedHigh uint16 // ms, the rest: 48 bits last for 8900 years
	marks        marks
}

// marks are what is true of a vertex at this node.
type marks uint8

const (
	isAttached marks = 1 << iota
	isOrdered
	isOpen // counted in Graph.open
	isTip
)

func newPlace(position int, now uint64) place {
	return place{attachedLow: uint32(now), attachedHigh: uint16(now >> 32), position: uint32(position), marks: isAttached}
}

func (p *place) is(m marks) bool { return p.marks&m != 0 }

func (p *place) set(m marks, to bool) {
	if to {
		p.marks |= m
	} else {
		p.marks &^= m
	}
}

func (p *place) attachedAt() uint64 { return uint64(p.attachedHigh)<<32 | uint64(p.attachedLow) }

// approvers returns how many approvable events approve it. A tip has none.
func (p *place) approvers() int {
	if p.is(isTip) {
		return 0
	}
	return int(p.links)
}

// place returns the node's record of vertex i, growing the list where a shared arena is ahead of this node.
func (g *Graph) place(i Index) *place {
	if missing := int(i) + 1 - len(g.places); missing > 0 {
		g.places = append(g.places, make([]place, missing)...)
	}
	return &g.places[i]
}

// Position returns the number of the attached event at i in the order of attaching: At(Position(i)) is i.
func (g *Graph) Position(i Index) int { return int(g.places[i].position) }

// Has reports whether the event at i is attached here.
func (g *Graph) Has(i Index) bool { return int(i) < len(g.places) && g.places[i].is(isAttached) }

// Approvers returns how many approvable events here approve the event at i.
func (g *Graph) Approvers(i Index) int { return g.places[i].approvers() }

// AttachedAt returns when the event at i was attached, in ms.
func (g *Graph) AttachedAt(i Index) uint64 { return g.places[i].attachedAt() }

// Ordered reports whether MarkOrdered was called for the event at i.
func (g *Graph) Ordered(i Index) bool { return g.places[i].is(isOrdered) }

// IsOpen reports whether the event at i is counted in Open.
func (g *Graph) IsOpen(i Index) bool { return g.places[i].is(isOpen) }
