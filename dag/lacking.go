package dag

import (
	"bytes"
	"cmp"
	"container/heap"
	"slices"
)

// forkContext is how many of the newest events of a key are sent where two nodes seem to follow different branches of it.
// Older ones are asked for by id.
const forkContext = 16

// allSums is the mask of all events of a key.
const allSums = ^uint32(0)

// run is events of one key in the order of attaching, restricted to those in the sum buckets of a mask.
type run struct {
	list []Index
	mask uint32
}

// lacking merges runs into one order of attaching, which has parents first: a heap by the position of each run's first
// event.
type lacking struct {
	graph *Graph
	runs  []run
	from  uint32 // the position to begin at
}

// lacking returns what a peer lacks according to its request.
func (g *Graph) lacking(m *Missing) *lacking {
	l := &lacking{graph: g, from: uint32(min(m.From-min(m.From, 1), uint64(len(g.order))))}
	known := heads{list: m.Heads}
	for c := range g.listed(m.Mask) {
		l.addChain(c, known.find(&g.arena.Event(c.last).fields.Key))
	}
	return l
}

// addChain adds what a peer with the given head of a key (nil: none) lacks of it.
func (l *lacking) addChain(c *localChain, h *Head) {
	if h != nil && l.graph.endsIn(c, h) {
		return
	}
	main, forks := l.graph.events(c)
	switch {
	case h == nil:
		l.addRun(main, allSums)
		l.addRun(forks, allSums)
	case c.forked() && len(h.Sums) > 0:
		mask := l.graph.forks[c.fork-1].sums.differs(h.Sums)
		l.addRun(main, mask)
		l.addRun(forks, mask)
	case c.forked(): // the peer is to learn of the fork: it gets all from there on, once
		low := l.graph.forks[c.fork-1].low
		l.addRun(main[min(low-1, h.Seq, uint64(len(main))):], allSums)
		l.addRun(forks, allSums)
	default:
		shared := min(h.Seq, uint64(len(main)))
		if !l.graph.sameBranch(main, h) {
			shared -= min(shared, forkContext)
		}
		l.addRun(main[shared:], allSums)
	}
}

// endsIn reports whether a key that has not forked, here or there, goes as far at a peer as here: what most heads say.
func (g *Graph) endsIn(c *localChain, h *Head) bool {
	last := g.arena.Event(c.last)
	return !c.forked() && len(h.Sums) == 0 && h.Seq == last.fields.Seq && bytes.Equal(h.Last, last.id[:])
}

// sameBranch reports whether nothing speaks against the peer holding, up to its head, the branch that is here.
func (g *Graph) sameBranch(main []Index, h *Head) bool {
	if len(h.Sums) > 0 {
		return false
	}
	if h.Seq == 0 || h.Seq > uint64(len(main)) {
		return true
	}
	id := g.arena.ID(main[h.Seq-1])
	return bytes.Equal(id[:], h.Last)
}

func (l *lacking) addRun(list []Index, mask uint32) {
	start, _ := slices.BinarySearchFunc(list, l.from, func(i Index, from uint32) int {
		return cmp.Compare(l.graph.places[i].position, from)
	})
	r := run{list: list[start:], mask: mask}
	if l.graph.skip(&r); len(r.list) > 0 {
		heap.Push(l, r)
	}
}

// skip moves a run on to the next event of its mask.
func (g *Graph) skip(r *run) {
	for len(r.list) > 0 && r.mask != allSums && r.mask&(1<<sumBucket(g.arena.ID(r.list[0]))) == 0 {
		r.list = r.list[1:]
	}
}

// first returns the earliest event.
func (l *lacking) first() Index { return l.runs[0].list[0] }

// advance takes the earliest event off its run.
func (l *lacking) advance() {
	r := &l.runs[0]
	r.list = r.list[1:]
	if l.graph.skip(r); len(r.list) == 0 {
		heap.Pop(l)
	} else {
		heap.Fix(l, 0)
	}
}

func (l *lacking) position(n int) uint32 { return l.graph.places[l.runs[n].list[0]].position }

// Len implements heap.Interface.
func (l *lacking) Len() int { return len(l.runs) }

// Less implements heap.Interface.
func (l *lacking) Less(i, j int) bool { return l.position(i) < l.position(j) }

// Swap implements heap.Interface.
func (l *lacking) Swap(i, j int) { l.runs[i], l.runs[j] = l.runs[j], l.runs[i] }

// Push implements heap.Interface.
func (l *lacking) Push(x any) { l.runs = append(l.runs, x.(run)) }

// Pop implements heap.Interface.
func (l *lacking) Pop() any {
	last := len(l.runs) - 1
	r := l.runs[last]
	l.runs = l.runs[:last]
	return r
}
