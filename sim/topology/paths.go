package topology

import "math/rand/v2"

// Paths is how far apart the nodes of a graph are, in hops.
type Paths struct {
	Diameter int     // the longest shortest path that was found: no more than the true one
	Average  float64 // length of the shortest path, over all pairs with a source that was looked at
	Sources  int     // nodes that were looked at; all of them make both numbers exact
}

// Measure searches a connected graph by breadth from some nodes, at least one. Half of these are drawn; after each comes the node that
// was farthest from it, whose own farthest node is often as far away as any (C. Magnien, M. Latapy, M. Habib, Fast
// computation of empirically tight bounds for the diameter of massive graphs, 2009). The average is over the drawn ones
// alone, so that it has no bias. If there are no more nodes than sources, it looks at all.
func Measure(g Graph, sources int, r *rand.Rand) Paths {
	m := measurement{graph: g, distances: make([]int32, len(g))}
	if sources >= len(g) {
		for node := range uint32(len(g)) {
			m.from(node, true)
		}
		return m.paths()
	}
	for m.result.Sources < max(sources, 1) {
		farthest := m.from(r.Uint32N(uint32(len(g))), true)
		if m.result.Sources < sources {
			m.from(farthest, false)
		}
	}
	return m.paths()
}

// measurement is what has been found so far.
type measurement struct {
	graph      Graph
	distances  []int32
	queue      []uint32
	result     Paths
	sum, pairs uint64
}

// from searches from one node and returns the one found last.
func (m *measurement) from(source uint32, drawn bool) (farthest uint32) {
	reached, sum := m.graph.search(source, m.distances, m.queue)
	m.queue = reached
	farthest = reached[len(reached)-1]
	m.result.Diameter = max(m.result.Diameter, int(m.distances[farthest]))
	m.result.Sources++
	if drawn {
		m.sum += sum
		m.pairs += uint64(len(reached) - 1)
	}
	return farthest
}

// paths returns the result.
func (m *measurement) paths() Paths {
	if m.pairs > 0 {
		m.result.Average = float64(m.sum) / float64(m.pairs)
	}
	return m.result
}

// unreached is the distance of a node that no path leads to.
const unreached = -1

// search sets every node's distance from a source and returns the nodes that can be reached in the order of their distances, and
// the sum of these. The queue is memory to use again.
func (g Graph) search(source uint32, distances []int32, queue []uint32) (reached []uint32, sum uint64) {
	for node := range distances {
		distances[node] = unreached
	}
	distances[source] = 0
	queue = append(queue[:0], source)
	for i := 0; i < len(queue); i++ {
		next := distances[queue[i]] + 1
		for _, node := range g[queue[i]] {
			if distances[node] == unreached {
				distances[node] = next
				sum += uint64(next)
				queue = append(queue, node)
			}
		}
	}
	return queue, sum
}
