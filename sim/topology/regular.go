package topology

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

const (
	pairings       = 1000    // to start with
	switchTries    = 1000    // to mend one pair
	mixingPerEdge  = 20      // switches after mending
	mixingSwitches = 1 << 20 // at most: what was mended is a handful however large the graph is
)

// RandomRegular returns a random connected graph in which every node has `degree` neighbours; n times degree has to be even.
//
// It is the pairing model (B. Bollobás, A probabilistic proof of an asymptotic formula for the number of labelled regular
// graphs, 1980): every node gets `degree` ends, and ends are paired at random. Pairs that are loops or double are
// switched with random edges, as in B. McKay, N. Wormald, Uniform generation of random regular graphs of moderate degree,
// 1990; then random edges are switched with each other, which takes the bias of mending away (C. Cooper, M. Dyer, C. Greenhill,
// Sampling regular graphs and a peer-to-peer network, 2007). Dense graphs are complements of sparse ones. Should the graph fall
// into parts (unlikely from degree 3 on), they are joined by switches, which keep every degree.
func RandomRegular(n, degree int, r *rand.Rand) (Graph, error) {
	switch err := checkSize(n, degree); {
	case err != nil:
		return nil, err
	case n%2 == 1 && degree%2 == 1:
		return nil, fmt.Errorf("%w: %d nodes of degree %d each: one of the two numbers has to be even", ErrImpossible, n, degree)
	case degree == 1 && n > 2:
		return nil, fmt.Errorf("%w: %d nodes of degree 1 cannot all be connected: it has to be 2 or more", ErrImpossible, n)
	case degree > (n-1)/2:
		return complement(n, n-1-degree, r)
	}
	g, err := pair(n, degree, r)
	if err != nil {
		return nil, err
	}
	connect(g)
	g.sort()
	return g, nil
}

// complement returns what a random regular graph of a low degree lacks. Its own degree is half of n or more, so that two nodes that
// are no neighbours have one in common: it is connected.
func complement(n, degree int, r *rand.Rand) (Graph, error) {
	sparse := make(Graph, n)
	if degree > 0 {
		var err error
		if sparse, err = pair(n, degree, r); err != nil {
			return nil, err
		}
		sparse.sort()
	}
	g := blank(n, func(int) int { return n - 1 - degree })
	for a := range uint32(n) {
		for b := range uint32(n) {
			if a != b && !sparse.Has(a, b) {
				g[a] = append(g[a], b)
			}
		}
	}
	return g, nil
}

// pair returns a simple regular graph that need not be connected.
func pair(n, degree int, r *rand.Rand) (Graph, error) {
	ends := make([]uint32, n*degree)
	for range pairings {
		for i := range ends {
			ends[i] = uint32(i / degree)
		}
		r.Shuffle(len(ends), func(i, j int) { ends[i], ends[j] = ends[j], ends[i] })
		g := blank(n, func(int) int { return degree })
		good, bad := simple(g, ends)
		if mend(g, &good, bad, r) {
			mix(g, good, r)
			return g, nil
		}
	}
	return nil, fmt.Errorf("%d nodes of degree %d: none of %d random pairings could be mended", n, degree, pairings)
}

// edge is a connection.
type edge [2]uint32

// simple adds each pair of ends to a graph if it is neither a loop nor double, and returns those added and the others.
func simple(g Graph, ends []uint32) (good, bad []edge) {
	good = make([]edge, 0, len(ends)/2)
	for i := 0; i < len(ends); i += 2 {
		a, b := ends[i], ends[i+1]
		if a == b || slices.Contains(g[a], b) {
			bad = append(bad, edge{a, b})
			continue
		}
		g.add(a, b)
		good = append(good, edge{a, b})
	}
	return good, bad
}

// mend gives the ends of bad pairs to ends of good edges; it reports false if it finds no fitting edge.
func mend(g Graph, good *[]edge, bad []edge, r *rand.Rand) bool {
	for _, pair := range bad {
		if !mendPair(g, good, pair, r) {
			return false
		}
	}
	return true
}

// mendPair replaces a random edge c-d and the bad pair a-b by a-c and b-d.
func mendPair(g Graph, good *[]edge, pair edge, r *rand.Rand) bool {
	if len(*good) == 0 {
		return false
	}
	a, b := pair[0], pair[1]
	for range switchTries {
		i, c, d := pick(*good, r)
		if !g.fits(a, b, c, d) {
			continue
		}
		g.remove(c, d)
		g.add(a, c)
		g.add(b, d)
		(*good)[i] = edge{a, c}
		*good = append(*good, edge{b, d})
		return true
	}
	return false
}

// mix replaces random pairs of edges a-b and c-d by a-c and b-d.
func mix(g Graph, edges []edge, r *rand.Rand) {
	for range min(mixingPerEdge*len(edges), mixingSwitches) {
		i, a, b := pick(edges, r)
		j, c, d := pick(edges, r)
		if !g.fits(a, b, c, d) {
			continue // staying is a step too: without it some graphs would come more often than others
		}
		g.remove(a, b)
		g.remove(c, d)
		g.add(a, c)
		g.add(b, d)
		edges[i], edges[j] = edge{a, c}, edge{b, d}
	}
}

// pick returns a random edge in a random direction.
func pick(edges []edge, r *rand.Rand) (i int, from, to uint32) {
	i = r.IntN(len(edges))
	end := r.IntN(2)
	return i, edges[i][end], edges[i][1-end]
}

// fits reports whether a-c and b-d would be new edges. That a-b and c-d may have a node in common needs no check of its own:
// then one of the new ones is there already, or a loop.
func (g Graph) fits(a, b, c, d uint32) bool {
	return a != c && b != d && !slices.Contains(g[a], c) && !slices.Contains(g[b], d)
}
