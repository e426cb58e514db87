package dag

import (
	"math/rand/v2"
	"slices"
)

// tipSet holds the tips in an order that depends only on what happened, so that a seeded choice repeats.
type tipSet struct {
	maxAge uint64
	list   []Index
	at     map[Index]int
}

func newTipSet(maxAge uint64) tipSet { return tipSet{maxAge: maxAge, at: map[Index]int{}} }

func (t *tipSet) add(i Index) {
	if _, ok := t.at[i]; ok {
		return
	}
	t.at[i] = len(t.list)
	t.list = append(t.list, i)
}

func (t *tipSet) remove(i Index) {
	n, ok := t.at[i]
	if !ok {
		return
	}
	last := len(t.list) - 1
	t.list[n] = t.list[last]
	t.at[t.list[n]] = n
	t.list = t.list[:last]
	delete(t.at, i)
}

// linkApprovals makes the event at i a tip and its approved events none. An event that may not be approved is no tip and
// does not count as an approver: without this, payloads that only an equivocator approved would be lost.
func (g *Graph) linkApprovals(i Index) {
	if g.Approvable(i) {
		for _, parent := range g.arena.Vertex(i).Approves {
			g.places[parent].approvers++
			g.refresh(parent)
		}
	}
	g.refresh(i)
}

// disown takes back what the events of a key did as tips and approvers, once its fork is known. The event that showed the
// fork did neither.
func (g *Graph) disown(c ChainIndex) {
	for _, i := range g.chains[c].main {
		for _, parent := range g.arena.Vertex(i).Approves {
			g.places[parent].approvers--
			g.refresh(parent)
		}
		g.refresh(i)
	}
}

// refresh makes the event at i a tip or none, and counts it in or out of Open, after something about it changed.
func (g *Graph) refresh(i Index) {
	p := &g.places[i]
	if g.Approvable(i) && p.approvers == 0 && (!p.ordered || i < Roots) {
		g.tips.add(i)
	} else {
		g.tips.remove(i)
	}
	open := !p.ordered && !g.arena.Event(i).IsWitness() && (g.Approvable(i) || p.approvers > 0)
	switch {
	case open && !p.open:
		g.open++
	case !open && p.open:
		g.open--
	}
	p.open = open
}

// Tips returns the tips: approvable events that are not ordered and that no approvable event approves. A root is one until
// an approvable event approves it. The caller must not change the slice.
func (g *Graph) Tips() []Index { return g.tips.list }

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
		case g.places[i].attachedAt+g.tips.maxAge >= now:
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
		if i < Roots || g.places[i].ordered || g.arena.Event(i).IsWitness() {
			continue
		}
		if !found || g.places[i].attachedAt < g.places[oldest].attachedAt ||
			(g.places[i].attachedAt == g.places[oldest].attachedAt && i < oldest) {
			oldest, found = i, true
		}
	}
	return oldest, found
}
