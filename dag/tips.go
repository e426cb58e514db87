package dag

import (
	"cmp"
	"slices"
)

// tipSet holds the tips in the order of attaching, the roots first, so that whoever wants the oldest or a choice need not look at
// all. What is a tip no more leaves a gap; gaps are closed before they are most of it. Where a tip stands is in its place.
type tipSet struct {
	maxAge uint64
	list   []Index // NoIndex is a gap
	count  int     // tips in it
	many   bool    // many may become tips again: the list is put in order when all are there
}

// addTip makes the event at i, which nothing approvable approves, a tip if it is none. Nearly always it is the newest event; one
// that becomes a tip again finds its place among the others.
func (g *Graph) addTip(i Index) {
	p, t := &g.places[i], &g.tips
	if p.is(isTip) {
		return
	}
	p.set(isTip, true)
	if t.many || len(t.list) == 0 || i >= Roots && int(p.position) == len(g.order)-1 {
		p.links = uint32(len(t.list))
		t.list = append(t.list, i)
		t.count++
		return
	}
	g.closeGaps()
	t.count++
	at, _ := slices.BinarySearchFunc(t.list, i, g.compareAge)
	t.list = slices.Insert(t.list, at, i)
	g.number(at)
}

// removeTip makes the event at i no tip if it is one.
func (g *Graph) removeTip(i Index) {
	p, t := &g.places[i], &g.tips
	if !p.is(isTip) {
		return
	}
	t.list[p.links] = NoIndex
	p.set(isTip, false)
	p.links = 0
	if t.count--; len(t.list) > 2*t.count+16 {
		g.closeGaps()
	}
}

// closeGaps closes the gaps of the list, if there are any.
func (g *Graph) closeGaps() {
	t := &g.tips
	if t.count == len(t.list) {
		return
	}
	first := slices.Index(t.list, NoIndex)
	t.list = slices.DeleteFunc(t.list, func(i Index) bool { return i == NoIndex })
	g.number(first)
}

// number tells the tips from a place in the list on where they stand.
func (g *Graph) number(from int) {
	for at, i := range g.tips.list[from:] {
		g.places[i].links = uint32(from + at)
	}
}

// approve counts an approvable event more that approves the one at i.
func (g *Graph) approve(i Index) {
	g.removeTip(i)
	g.places[i].links++
	g.refresh(i)
}

// disapprove takes back what approve did.
func (g *Graph) disapprove(i Index) {
	g.places[i].links--
	g.refresh(i)
}

// linkApprovals makes the event at i a tip and its approved events none. An event that may not be approved is no tip and
// does not count as an approver: without this, payloads that only an equivocator approved would be lost.
func (g *Graph) linkApprovals(i Index) {
	if g.Approvable(i) {
		for _, parent := range g.arena.Vertex(i).Approves {
			g.approve(parent)
		}
	}
	g.refresh(i)
}

// disown takes back what the events of a key did as tips and approvers, once its fork is known. The event that showed the
// fork did neither.
func (g *Graph) disown(c ChainIndex) {
	main, _ := g.events(&g.chains[c])
	g.tips.many = true
	defer g.orderTips()
	for _, i := range main {
		for _, parent := range g.arena.Vertex(i).Approves {
			g.disapprove(parent)
		}
		g.refresh(i)
	}
}

// orderTips puts the list in order after many have become tips again.
func (g *Graph) orderTips() {
	g.tips.many = false
	g.closeGaps()
	slices.SortFunc(g.tips.list, g.compareAge)
	g.number(0)
}

// refresh makes the event at i a tip or none, and counts it in or out of Open, after something about it changed.
func (g *Graph) refresh(i Index) {
	p, approvable := &g.places[i], g.Approvable(i)
	if approvable && p.approvers() == 0 && (!p.is(isOrdered) || i < Roots) {
		g.addTip(i)
	} else {
		g.removeTip(i)
	}
	open := !p.is(isOrdered) && !g.arena.Event(i).IsWitness() && (approvable || p.approvers() > 0)
	switch {
	case open && !p.is(isOpen):
		g.open++
	case !open && p.is(isOpen):
		g.open--
	}
	p.set(isOpen, open)
}

// Tips returns the tips in the order of attaching, the roots first: approvable events that are not ordered and that no
// approvable event approves. A root is one until an approvable event approves it. The slice is valid until the graph changes
// and must not be changed.
func (g *Graph) Tips() []Index {
	g.closeGaps()
	return g.tips.list
}

// compareAge compares two attached vertices by the order of attaching, the roots first. Indices do not tell that, since the
// arena may be shared.
func (g *Graph) compareAge(i, j Index) int {
	if i < Roots || j < Roots {
		return cmp.Compare(i, j)
	}
	return cmp.Compare(g.places[i].position, g.places[j].position)
}

// OldestUnapproved returns the oldest payload event that is a tip and not ordered.
func (g *Graph) OldestUnapproved() (Index, bool) {
	for _, i := range g.tips.list {
		if i != NoIndex && i >= Roots && !g.places[i].is(isOrdered) && !g.arena.Event(i).IsWitness() {
			return i, true
		}
	}
	return NoIndex, false
}
