package finality

import (
	"bytes"
	"container/heap"
	"crypto/sha256"
	"encoding/binary"

	"github.com/ledgerofthings/lot/dag"
)

const orderPrefix = "lot/order/v1\n"

// pendingBit marks, in line.numbers, an event that is being ordered; the rest of the number is its place in linearizer.nodes.
const pendingBit = 1 << 31

// node is an event that is being ordered.
type node struct {
	index   dag.Index
	parents uint32 // how many of them are not ordered yet
	edges   uint32 // its first edge, plus one
	rank    [32]byte
}

// edge leads from a node to one that points at it.
type edge struct {
	child uint32
	next  uint32 // the node's next edge, plus one
}

// linearizer is the working space of takeCone, kept to be used again.
type linearizer struct {
	arena *dag.Arena
	nodes []node
	edges []edge
	ready []uint32 // a heap of nodes whose parents are all ordered
}

// takeCone orders what is in the cone of a candidate and not ordered yet, by step 8: Kahn's algorithm, which takes, of the
// events whose parents are all ordered, the one with the lowest
//
//	SHA-256("lot/order/v1\n" ‖ candidate's id ‖ key ‖ seq as 8 bytes, big endian)
//
// and of equal ones, which are forks, the one with the lowest id. The candidate's id is not known to those who made the
// events, so nobody can choose a place in advance.
func (l *line) takeCone(leader dag.Index, number uint32) []Ordered {
	if missing := int(leader) + 1 - len(l.numbers); missing > 0 {
		l.numbers = append(l.numbers, make([]uint32, missing)...)
	}
	if l.numbers[leader] != 0 { // a candidate of an earlier slot had it in its cone
		return nil
	}
	w := &l.linear
	*w = linearizer{arena: l.rules.arena, nodes: w.nodes[:0], edges: w.edges[:0], ready: w.ready[:0]}
	l.collect(leader)
	w.rank(w.arena.ID(leader))
	out := make([]Ordered, 0, len(w.nodes))
	for len(w.ready) > 0 {
		i := w.take()
		l.numbers[i] = number
		out = append(out, Ordered{Index: i, Duplicate: l.repeats(i)})
	}
	return out
}

// collect lists the events to be ordered and links them, going down from the candidate. What is ordered has an ordered cone,
// so the search ends there.
func (l *line) collect(leader dag.Index) {
	w := &l.linear
	l.enlist(leader)
	for n := uint32(0); int(n) < len(w.nodes); n++ {
		v := w.arena.Vertex(w.nodes[n].index)
		if v.Prev != dag.NoIndex {
			l.link(n, v.Prev)
		}
		for _, p := range v.Approves {
			l.link(n, p)
		}
		if w.nodes[n].parents == 0 {
			w.ready = append(w.ready, n)
		}
	}
}

// enlist adds a node for the event at i.
func (l *line) enlist(i dag.Index) {
	l.numbers[i] = pendingBit | uint32(len(l.linear.nodes))
	l.linear.nodes = append(l.linear.nodes, node{index: i})
}

// link notes that node n waits for its parent, unless that is ordered.
func (l *line) link(n uint32, parent dag.Index) {
	if parent < dag.Roots || (l.numbers[parent] != 0 && l.numbers[parent]&pendingBit == 0) {
		return
	}
	if l.numbers[parent] == 0 {
		l.enlist(parent)
	}
	w := &l.linear
	p := &w.nodes[l.numbers[parent]&^pendingBit]
	w.edges = append(w.edges, edge{child: n, next: p.edges})
	p.edges = uint32(len(w.edges))
	w.nodes[n].parents++
}

// repeats reports whether an event of the same key and seq is ordered already, and else records this one. What is ordered of
// a key has no gaps, since an event is ordered after its prev, so the highest seq tells.
func (l *line) repeats(i dag.Index) bool {
	chain, seq := l.rules.arena.Vertex(i).Chain, l.rules.arena.Event(i).Seq()
	if missing := int(chain) + 1 - len(l.highest); missing > 0 {
		l.highest = append(l.highest, make([]uint64, missing)...)
	}
	if seq <= l.highest[chain] {
		return true
	}
	l.highest[chain] = seq
	return false
}

// rank computes the order among events that are ready, and makes ready a heap.
func (l *linearizer) rank(leader dag.ID) {
	input := append([]byte(orderPrefix), leader[:]...)
	prefix := len(input)
	for n := range l.nodes {
		e := l.arena.Event(l.nodes[n].index)
		key := e.Key()
		input = append(input[:prefix], key[:]...)
		l.nodes[n].rank = sha256.Sum256(binary.BigEndian.AppendUint64(input, e.Seq()))
	}
	heap.Init(l)
}

// take removes the lowest ready node and makes those ready that waited for it alone.
func (l *linearizer) take() dag.Index {
	n := *heap.Pop(l).(*uint32)
	for e := l.nodes[n].edges; e != 0; e = l.edges[e-1].next {
		child := &l.edges[e-1].child
		l.nodes[*child].parents--
		if l.nodes[*child].parents == 0 {
			heap.Push(l, child)
		}
	}
	return l.nodes[n].index
}

// Len implements heap.Interface.
func (l *linearizer) Len() int { return len(l.ready) }

// Less implements heap.Interface.
func (l *linearizer) Less(a, b int) bool {
	x, y := &l.nodes[l.ready[a]], &l.nodes[l.ready[b]]
	if c := bytes.Compare(x.rank[:], y.rank[:]); c != 0 {
		return c < 0
	}
	return l.arena.ID(x.index).Compare(l.arena.ID(y.index)) < 0
}

// Swap implements heap.Interface.
func (l *linearizer) Swap(a, b int) { l.ready[a], l.ready[b] = l.ready[b], l.ready[a] }

// Push implements heap.Interface. It takes a pointer, since a number in an interface would be allocated.
func (l *linearizer) Push(x any) { l.ready = append(l.ready, *x.(*uint32)) }

// Pop implements heap.Interface. It returns a pointer to where the number was, good until the next Push.
func (l *linearizer) Pop() any {
	last := &l.ready[len(l.ready)-1]
	l.ready = l.ready[:len(l.ready)-1]
	return last
}
