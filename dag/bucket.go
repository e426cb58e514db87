package dag

import "iter"

// bucket lists the chains of a bucket of which something is here, in the order in which their first events came. That order is
// the node's own, whoever shares the arena.
type bucket struct {
	first, last ChainIndex
	count       uint32
}

// enlist puts a chain behind the others of its bucket.
func (g *Graph) enlist(number ChainIndex) {
	b := &g.buckets[bucketOf(g.arena.ChainKey(number))]
	if b.count == 0 {
		b.first = number
	} else {
		g.chains[b.last].next = number
	}
	b.last = number
	b.count++
}

// listed yields the chains of the buckets of a mask, bucket by bucket.
func (g *Graph) listed(mask uint64) iter.Seq[*localChain] {
	return func(yield func(*localChain) bool) {
		for b := range g.buckets {
			if mask&(1<<b) == 0 {
				continue
			}
			number := g.buckets[b].first
			for range g.buckets[b].count {
				c := &g.chains[number]
				if !yield(c) {
					return
				}
				number = c.next
			}
		}
	}
}
