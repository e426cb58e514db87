package topology

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// SmallWorld returns a graph of D. J. Watts, S. H. Strogatz, Collective dynamics of "small-world" networks, Nature 393 (1998):
// a ring in which every node is connected to the degree/2 next ones on both sides, of whose connections each is moved with
// probability rewire: it keeps its first node and gets any other node at its far end. The degree is even; afterwards it is so
// on average, and no node has less than half of it. Should the graph fall into parts, they are joined by switches, which keep
// every degree.
func SmallWorld(n, degree int, rewire float64, r *rand.Rand) (Graph, error) {
	switch err := checkSize(n, degree); {
	case err != nil:
		return nil, err
	case degree%2 == 1:
		return nil, fmt.Errorf("%w: a small world of degree %d: it has to be even", ErrImpossible, degree)
	case !(rewire >= 0 && rewire <= 1):
		return nil, fmt.Errorf("%w: share %v of connections that are moved: it has to be 0 to 1", ErrImpossible, rewire)
	}
	g := lattice(n, degree)
	for step := 1; step <= degree/2; step++ { // lap by lap, as the paper does
		for node := range n {
			if r.Float64() < rewire {
				g.move(uint32(node), uint32((node+step)%n), r)
			}
		}
	}
	connect(g)
	g.sort()
	return g, nil
}

// lattice returns the ring.
func lattice(n, degree int) Graph {
	g := blank(n, func(int) int { return degree })
	for step := 1; step <= degree/2; step++ {
		for node := range n {
			g.add(uint32(node), uint32((node+step)%n))
		}
	}
	return g
}

// move gives the edge from a to b another far end than a, b and a's neighbours, if there is one.
func (g Graph) move(a, b uint32, r *rand.Rand) {
	if len(g[a]) == len(g)-1 {
		return
	}
	for {
		to := r.Uint32N(uint32(len(g)))
		if to != a && !slices.Contains(g[a], to) {
			g.remove(a, b)
			g.add(a, to)
			return
		}
	}
}
