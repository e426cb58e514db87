package finality_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sort"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
)

// naive evaluates the rule of the package comment by searching the graph, step by step and keeping nothing. It shares only
// the choice of leaders with the code under test.
type naive struct {
	arena     *dag.Arena
	committee *finality.Committee
	leader    func(slot uint64) int
}

type cone map[dag.Index]bool

// coneOf returns the closed cone of some events, without the roots.
func (n *naive) coneOf(tops ...dag.Index) cone {
	c := cone{}
	var visit func(i dag.Index)
	visit = func(i dag.Index) {
		if i < dag.Roots || c[i] {
			return
		}
		c[i] = true
		for _, p := range n.parents(i) {
			visit(p)
		}
	}
	for _, i := range tops {
		visit(i)
	}
	return c
}

func (n *naive) parents(i dag.Index) []dag.Index {
	v := n.arena.Vertex(i)
	out := slices.Clone(v.Approves)
	if v.Prev != dag.NoIndex {
		out = append(out, v.Prev)
	}
	return out
}

func (n *naive) member(i dag.Index) (int, bool) { return n.committee.Number(n.arena.Event(i).Key()) }

func (n *naive) prevRound(i dag.Index) uint64 {
	if prev := n.arena.Vertex(i).Prev; prev != dag.NoIndex {
		return n.arena.Event(prev).Round()
	}
	return 0
}

// forked reports whether two events of the key in the cone have one seq.
func (n *naive) forked(c cone, key dag.Key) bool {
	seen := map[uint64]bool{}
	for i := range c {
		if e := n.arena.Event(i); e.Key() == key {
			if seen[e.Seq()] {
				return true
			}
			seen[e.Seq()] = true
		}
	}
	return false
}

func (n *naive) weight(members map[int]bool) (w uint64) {
	for m := range members {
		w += n.committee.Member(m).Weight
	}
	return w
}

func (n *naive) quorum(members map[int]bool) bool { return 3*n.weight(members) > 2*n.committee.Total() }

// Step 1.
func (n *naive) roundOK(d draft) bool {
	if _, member := n.committee.Number(d.key); !member {
		return d.round == 0
	}
	if d.prev == dag.NoIndex {
		return d.round == 1
	}
	past := n.coneOf(append(slices.Clone(d.approves), d.prev)...)
	return d.round >= n.arena.Event(d.prev).Round() && d.round <= 1+n.quorumRound(past)
}

func (n *naive) quorumRound(c cone) uint64 {
	for r := uint64(1); ; r++ {
		members := map[int]bool{}
		for i := range c {
			if m, ok := n.member(i); ok && n.arena.Event(i).Round() >= r {
				members[m] = true
			}
		}
		if !n.quorum(members) {
			return r - 1
		}
	}
}

// Step 2.
func (n *naive) approvalsOK(d draft) bool {
	tops := slices.Clone(d.approves)
	seq := uint64(1)
	if d.prev != dag.NoIndex {
		tops = append(tops, d.prev)
		seq = n.arena.Event(d.prev).Seq() + 1
	}
	past := n.coneOf(tops...)
	for _, p := range d.approves {
		if p < dag.Roots {
			continue
		}
		key := n.arena.Event(p).Key()
		if n.forked(past, key) {
			return false
		}
		for i := range past { // the event itself is in its cone
			if e := n.arena.Event(i); key == d.key && e.Key() == key && e.Seq() == seq {
				return false
			}
		}
	}
	return true
}

// first returns first(m, r) in a cone, or NoIndex.
func (n *naive) first(c cone, m int, r uint64) dag.Index {
	key := n.committee.Member(m).Key
	if n.forked(c, key) {
		return dag.NoIndex
	}
	best := dag.NoIndex
	for i := range c {
		e := n.arena.Event(i)
		if e.Key() == key && e.Round() >= r && (best == dag.NoIndex || e.Seq() < n.arena.Event(best).Seq()) {
			best = i
		}
	}
	return best
}

// Step 3.
func (n *naive) candidate(c cone, slot uint64) dag.Index {
	key := n.committee.Member(n.leader(slot)).Key
	if n.forked(c, key) {
		return dag.NoIndex
	}
	for i := range c {
		if e := n.arena.Event(i); e.Key() == key && e.Round() == slot && n.prevRound(i) < slot {
			return i
		}
	}
	return dag.NoIndex
}

// starts reports whether i is the first event of its chain with round r or more.
func (n *naive) starts(i dag.Index, r uint64) bool {
	return n.arena.Event(i).Round() >= r && n.prevRound(i) < r
}

// Step 4.
func (n *naive) vote(v dag.Index, slot uint64) dag.Index { return n.candidate(n.coneOf(v), slot) }

// Step 5.
func (n *naive) certificate(d dag.Index, slot uint64) dag.Index {
	c := n.coneOf(d)
	votes := map[dag.Index]map[int]bool{}
	for m := range n.committee.Len() {
		v := n.first(c, m, slot+1)
		if v == dag.NoIndex {
			continue
		}
		if l := n.vote(v, slot); l != dag.NoIndex {
			if votes[l] == nil {
				votes[l] = map[int]bool{}
			}
			votes[l][m] = true
		}
	}
	for l, members := range votes {
		if n.quorum(members) {
			return l
		}
	}
	return dag.NoIndex
}

type decision struct {
	state  finality.SlotState
	leader dag.Index
}

// Step 6.
func (n *naive) direct(held []dag.Index, slot uint64) decision {
	certs, none := map[dag.Index]map[int]bool{}, map[int]bool{}
	for _, i := range held {
		m, ok := n.member(i)
		if !ok {
			continue
		}
		if n.starts(i, slot+1) && n.vote(i, slot) == dag.NoIndex {
			none[m] = true
		}
		if n.starts(i, slot+2) {
			if l := n.certificate(i, slot); l != dag.NoIndex {
				if certs[l] == nil {
					certs[l] = map[int]bool{}
				}
				certs[l][m] = true
			}
		}
	}
	for l, members := range certs {
		if n.quorum(members) {
			return decision{finality.Committed, l}
		}
	}
	if n.quorum(none) {
		return decision{finality.Skipped, dag.NoIndex}
	}
	return decision{finality.Undecided, dag.NoIndex}
}

// Step 7, for all slots up to the highest round held.
func (n *naive) decide(held []dag.Index) []decision {
	top := uint64(0)
	for _, i := range held {
		top = max(top, n.arena.Event(i).Round())
	}
	out := make([]decision, top+1)
	for slot := top; slot >= 1; slot-- {
		out[slot] = n.direct(held, slot)
		if out[slot].state != finality.Undecided {
			continue
		}
		for a := slot + 3; a <= top; a++ {
			if out[a].state == finality.Committed {
				out[slot] = n.indirect(out[a].leader, slot)
			}
			if out[a].state != finality.Skipped {
				break
			}
		}
	}
	return out
}

func (n *naive) indirect(anchor dag.Index, slot uint64) decision {
	c := n.coneOf(anchor)
	for m := range n.committee.Len() {
		if d := n.first(c, m, slot+2); d != dag.NoIndex {
			if l := n.certificate(d, slot); l != dag.NoIndex {
				return decision{finality.Committed, l}
			}
		}
	}
	return decision{finality.Skipped, dag.NoIndex}
}

// Step 8: the commits that follow from the events held.
func (n *naive) commits(held []dag.Index) (out []finality.Commit) {
	ordered := cone{}
	var time uint64
	for slot, d := range n.decide(held) {
		if slot == 0 || d.state == finality.Skipped {
			continue
		}
		if d.state == finality.Undecided {
			break
		}
		time = max(time, n.time(d.leader, uint64(slot)))
		out = append(out, finality.Commit{
			Number: uint64(len(out)) + 1, Slot: uint64(slot), Leader: d.leader, Time: time, Events: n.linear(d.leader, ordered),
		})
	}
	return out
}

func (n *naive) linear(leader dag.Index, ordered cone) (out []finality.Ordered) {
	left := n.coneOf(leader)
	for i := range ordered {
		delete(left, i)
	}
	for len(left) > 0 {
		var ready []dag.Index
		for i := range left {
			if !slices.ContainsFunc(n.parents(i), func(p dag.Index) bool { return left[p] }) {
				ready = append(ready, i)
			}
		}
		i := slices.MinFunc(ready, func(a, b dag.Index) int {
			return bytes.Compare(n.rank(leader, a), n.rank(leader, b))
		})
		out = append(out, finality.Ordered{Index: i, Duplicate: n.repeated(ordered, i)})
		delete(left, i)
		ordered[i] = true
	}
	return out
}

func (n *naive) repeated(ordered cone, i dag.Index) bool {
	e := n.arena.Event(i)
	for j := range ordered {
		if f := n.arena.Event(j); f.Key() == e.Key() && f.Seq() == e.Seq() {
			return true
		}
	}
	return false
}

// rank returns the hash by which ready events are taken, followed by the id.
func (n *naive) rank(leader, i dag.Index) []byte {
	l, id, key := n.arena.ID(leader), n.arena.ID(i), n.arena.Event(i).Key()
	h := sha256.New()
	h.Write([]byte("lot/order/v1\n"))
	h.Write(l[:])
	h.Write(key[:])
	h.Write(binary.BigEndian.AppendUint64(nil, n.arena.Event(i).Seq()))
	return append(h.Sum(nil), id[:]...)
}

// time lays the members' times out, each as often as the member has weight, and takes the lower middle one.
func (n *naive) time(leader dag.Index, slot uint64) uint64 {
	c := n.coneOf(leader)
	members := map[int]bool{}
	var times []uint64
	for m := range n.committee.Len() {
		if e := n.first(c, m, slot-1); e != dag.NoIndex {
			members[m] = true
			for range n.committee.Member(m).Weight {
				times = append(times, n.arena.Event(e).Time())
			}
		}
	}
	if !n.quorum(members) {
		return 0
	}
	sort.Slice(times, func(a, b int) bool { return times[a] < times[b] })
	return times[(len(times)-1)/2]
}
