package dag

// RefusedRemembered is how many refused events a graph remembers.
const RefusedRemembered = refusedRemembered

// Unsigned returns the event of fields with an empty signature as if it had been verified, for tests of what comes after.
func Unsigned(f Fields) (Verified, error) {
	if err := f.check(); err != nil {
		return Verified{}, err
	}
	block, err := f.encode(&Signature{})
	return Verified{&Event{fields: f, block: block, id: HashBlock(block)}}, err
}

// Settle judges an event as if all its parents were attached.
func (g *Graph) Settle(v Verified, from string, now uint64) (r Result, err error) {
	err = g.settle([]waiter{{Verified: v, from: from, since: now}}, now, &r)
	return r, err
}

// ClimbSteps returns how many steps lead from the branch of y to the one at the given depth above it.
func (a *Arena) ClimbSteps(y Index, depth uint32) (steps int) {
	for b := a.vertices[y].Branch; a.chains.branches[b].depth > depth; steps++ {
		b = a.chains.climb(b, depth)
	}
	return steps
}

// RoomParts returns how many entries the lists and maps of the waiting room have in all, after the tidying that belongs to
// looking at them.
func (g *Graph) RoomParts() (n int) {
	g.Expire(0)
	w := &g.waiting
	for _, want := range w.wants {
		n += len(want.children)
	}
	for level := range w.queue {
		n += w.queue[level].Len()
	}
	return n + len(w.events) + len(w.arrivals) + len(w.wants) + len(w.occupancy.byPeer) + len(w.occupancy.byKey)
}

// FindHeads looks for the heads of keys, one after the other, and returns their seqs; 0 where there is none.
func FindHeads(m *Missing, numbers []int, key func(int) Key) (seqs []uint64) {
	known := heads{list: m.Heads}
	for _, n := range numbers {
		k, seq := key(n), uint64(0)
		if h := known.find(&k); h != nil {
			seq = h.Seq
		}
		seqs = append(seqs, seq)
	}
	return seqs
}
