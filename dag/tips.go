package dag

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// tipSet holds the tips in an order that depends only on what happened, so that a seeded choice repeats. Where a tip stands
// in it is in its place.
type tipSet struct {
	maxAge uint64
	list   []Index
}

// addTip makes the event at i, which nothing approvable approves, a tip if it is none.
func (g *Graph) addTip(i Index) {
	if p := &g.places[i]; !p.is(isTip) {
		p.set(isTip, true)
		p.links = uint32(len(g.tips.list))
		g.tips.list = append(g.tips.list, i)
	}
}

// removeTip makes the event at i no tip if it is one.
func (g *Graph) removeTip(i Index) {
	p := &g.places[i]
	if !p.is(isTip) {
		return
	}
	last := len(g.tips.list) - 1
	moved := g.tips.list[last]
	g.tips.list[p.links] = moved
	g.places[moved].links = p.links
	g.tips.list = g.tips.list[:last]
	p.set(isTip, false)
	p.links = 0
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
	for _, i := range main {
		for _, parent := range g.arena.Vertex(i).Approves {
			g.disapprove(parent)
		}
		g.refresh(i)
	}
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

// Tips returns the tips: approvable events that are not ordered and that no approvable event approves. A root is one until
// an approvable event approves it. The caller must not change the slice.
func (g *Graph) Tips() []Index { return g.tips.list }

// TipsByAge returns the tips in the order of attaching, the roots first.
func (g *Graph) TipsByAge() []Index {
	return slices.SortedFunc(slices.Values(g.tips.list), g.compareAge)
}

// compareAge compares two attached vertices by the order of attaching, the roots first. Indices do not tell that, since the
// arena may be shared.
func (g *Graph) compareAge(i, j Index) int {
	if i < Roots || j < Roots {
		return cmp.Compare(i, j)
	}
	return cmp.Compare(g.places[i].position, g.places[j].position)
}

// ChooseTips picks want different events for a new payload event to approve: tips at uniform random without replacement,
// those older than Limits.TipAge only when there are not enough younger ones, then the newest other approvable events. It
// never picks prev (NoIndex if there is none). Those newest events only make up for MinApproves, so it returns fewer than
// want where there are fewer tips, and fewer than MinApproves never. See S. Popov, "The Tangle", section 4, on uniform random tip selection.
func (g *Graph) ChooseTips(want int, prev Index, now uint64, random *rand.Rand) []Index {
	young, old := g.tipsByAge(prev, now)
	picked := sample(young, want, random)
	picked = append(picked, sample(old, want-len(picked), random)...)
	return g.fill(picked, want, prev)
}

func (g *Graph) tipsByAge(prev Index, now uint64) (young, old []Index) {
	for _, i := range g.tips.list {
		switch {
		case i == prev:
		case g.places[i].attachedAt()+g.tips.maxAge >= now:
			young = append(young, i)
		default:
			old = append(old, i)
		}
	}
	return young, old
}

// sample moves n random elements to the front of from and returns them (Fisher-Yates).
func sample(from []Index, n int, random *rand.Rand) []Index {
	n = min(n, len(from))
	for i := range n {
		j := i + random.IntN(len(from)-i)
		from[i], from[j] = from[j], from[i]
	}
	return from[:n:n]
}

// fill completes a choice to MinApproves with the newest other approvable events, the roots last.
func (g *Graph) fill(picked []Index, want int, prev Index) []Index {
	if len(picked) >= min(want, MinApproves) {
		return picked
	}
	for i := range g.Newest {
		if i != prev && !slices.Contains(picked, i) {
			picked = append(picked, i)
		}
		if len(picked) >= MinApproves {
			break
		}
	}
	return picked
}

// Newest yields the approvable events from the newest attached to the roots.
func (g *Graph) Newest(yield func(Index) bool) {
	for n := len(g.order) - 1; n >= 0; n-- {
		if g.Approvable(g.order[n]) && !yield(g.order[n]) {
			return
		}
	}
	for i := range Index(Roots) {
		if !yield(i) {
			return
		}
	}
}

// OldestUnapproved returns the oldest payload event that is a tip and not ordered.
func (g *Graph) OldestUnapproved() (Index, bool) {
	oldest, found := NoIndex, false
	for _, i := range g.tips.list {
		if i < Roots || g.places[i].is(isOrdered) || g.arena.Event(i).IsWitness() {
			continue
		}
		if !found || g.isOlder(i, oldest) {
			oldest, found = i, true
		}
	}
	return oldest, found
}

// isOlder reports whether the event at i was attached at an earlier time than the one at j, or at the same time before it.
func (g *Graph) isOlder(i, j Index) bool {
	p, q := &g.places[i], &g.places[j]
	return cmp.Or(cmp.Compare(p.attachedAt(), q.attachedAt()), cmp.Compare(p.position, q.position)) < 0
}
