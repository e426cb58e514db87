package dag

import (
	"bytes"
	"container/heap"
)

// forkContext is how many of the newest events of a forked key are sent along when two nodes' knowledge of it differs;
// older ones are asked for by id.
const forkContext = 16

// Request returns what to ask a peer for: all it holds in the buckets of mask beyond what is here. At more than MaxHeads
// keys the mask is cut to the buckets that fit, the lowest first.
func (g *Graph) Request(mask uint64) *Missing {
	var perBucket [Buckets][]Head
	for c := range g.chains {
		key := g.arena.ChainKey(ChainIndex(c))
		if b := bucketOf(key); mask&(1<<b) != 0 && len(g.chains[c].main) > 0 {
			perBucket[b] = append(perBucket[b], g.head(key, &g.chains[c]))
		}
	}
	m := &Missing{}
	for b := range perBucket {
		if mask&(1<<b) == 0 {
			continue
		}
		if len(m.Heads)+len(perBucket[b]) > MaxHeads && m.Mask != 0 {
			break
		}
		m.Mask |= 1 << b
		m.Heads = append(m.Heads, perBucket[b][:min(len(perBucket[b]), MaxHeads)]...)
	}
	return m
}

func (g *Graph) head(key Key, c *localChain) Head {
	last := g.arena.ID(c.main[len(c.main)-1])
	h := Head{Key: key[:], Seq: uint64(len(c.main)), Last: last[:]}
	if c.forked {
		h.Sum = bytes.Clone(c.sum[:])
	}
	return h
}

// Answer returns the events that a peer lacks according to its request, parents first, within the limits of a message.
func (g *Graph) Answer(m *Missing) *Inform {
	lack := lacking{graph: g}
	known := make(map[Key]*Head, len(m.Heads))
	for i := range m.Heads {
		known[Key(m.Heads[i].Key)] = &m.Heads[i]
	}
	for c := range g.chains {
		key := g.arena.ChainKey(ChainIndex(c))
		if m.Mask&(1<<bucketOf(key)) != 0 && len(g.chains[c].main) > 0 {
			lack.addChain(&g.chains[c], known[key])
		}
	}
	heap.Init(&lack)
	answer := &Inform{Answer: m.Mask}
	size := g.answerIDs(m.IDs, answer)
	for lack.Len() > 0 {
		if len(answer.Blocks) >= MaxInformEvents || size >= MaxInformBytes {
			answer.More = true
			break
		}
		block := g.arena.Event(lack.next()).block
		answer.Blocks = append(answer.Blocks, block)
		size += len(block)
	}
	return answer
}

func (g *Graph) answerIDs(ids [][]byte, answer *Inform) (size int) {
	for _, id := range ids {
		i, ok := g.Find(ID(id))
		if !ok || i < Roots {
			continue
		}
		if size >= MaxInformBytes {
			break
		}
		answer.Blocks = append(answer.Blocks, g.arena.Event(i).block)
		size += g.arena.Event(i).Size()
	}
	return size
}

// lacking merges runs of events, each in the order of attaching, into one such order: a heap by the position of each run's
// first event.
type lacking struct {
	graph *Graph
	runs  [][]Index
}

// addChain adds what a peer with the given head of a key (nil: none) lacks of it.
func (l *lacking) addChain(c *localChain, h *Head) {
	if h == nil {
		l.add(c.main)
		l.add(c.forks)
		return
	}
	if h.Seq < uint64(len(c.main)) {
		l.add(c.main[h.Seq:])
	}
	if l.graph.sameBranches(c, h) {
		return
	}
	l.add(c.forks)
	shared := min(uint64(len(c.main)), h.Seq)
	l.add(c.main[shared-min(shared, forkContext) : shared])
}

// sameBranches reports whether nothing speaks against the peer holding the same branches of a key up to its head.
func (g *Graph) sameBranches(c *localChain, h *Head) bool {
	if len(h.Sum) > 0 || c.forked {
		return c.forked && bytes.Equal(h.Sum, c.sum[:])
	}
	if h.Seq == 0 || h.Seq > uint64(len(c.main)) {
		return true
	}
	id := g.arena.ID(c.main[h.Seq-1])
	return bytes.Equal(id[:], h.Last)
}

func (l *lacking) add(run []Index) {
	if len(run) > 0 {
		l.runs = append(l.runs, run)
	}
}

func (l *lacking) position(n int) uint32 { return l.graph.places[l.runs[n][0]].position }

// Len implements heap.Interface.
func (l *lacking) Len() int { return len(l.runs) }

// Less implements heap.Interface.
func (l *lacking) Less(i, j int) bool { return l.position(i) < l.position(j) }

// Swap implements heap.Interface.
func (l *lacking) Swap(i, j int) { l.runs[i], l.runs[j] = l.runs[j], l.runs[i] }

// Push implements heap.Interface; runs are added before the heap is made, so it is not called.
func (l *lacking) Push(any) {}

// Pop implements heap.Interface.
func (l *lacking) Pop() any {
	last := len(l.runs) - 1
	run := l.runs[last]
	l.runs = l.runs[:last]
	return run
}

// next takes the earliest event off its run.
func (l *lacking) next() Index {
	i := l.runs[0][0]
	if l.runs[0] = l.runs[0][1:]; len(l.runs[0]) == 0 {
		heap.Pop(l)
	} else {
		heap.Fix(l, 0)
	}
	return i
}
