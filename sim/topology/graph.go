// Package topology is who is connected to whom in a simulated network when it starts: random regular graphs, small worlds,
// complete graphs and graphs from files, and how far apart their nodes are.
package topology

import (
	"errors"
	"fmt"
	"slices"
)

// MaxEdges is the most connections of a graph: more take above half a gigabyte.
const MaxEdges = 1 << 26

// ErrImpossible says that no graph is as asked for.
var ErrImpossible = errors.New("no such graph")

// Graph is the neighbours of every node by its number: in ascending order, each once, never the node itself, and the other way
// round too. What this package makes is connected.
type Graph [][]uint32

// Edges returns the number of connections.
func (g Graph) Edges() int {
	sum := 0
	for _, neighbours := range g {
		sum += len(neighbours)
	}
	return sum / 2
}

// Has reports whether two nodes are neighbours.
func (g Graph) Has(a, b uint32) bool {
	_, found := slices.BinarySearch(g[a], b)
	return found
}

// Complete connects every node with every other. Two nodes are the fewest.
func Complete(n int) (Graph, error) {
	if err := checkSize(n, n-1); err != nil {
		return nil, err
	}
	g := blank(n, func(int) int { return n - 1 })
	for a := range g {
		for b := range uint32(n) {
			if b != uint32(a) {
				g[a] = append(g[a], b)
			}
		}
	}
	return g, nil
}

// checkSize refuses numbers of which no connected graph can be made, or only one that is too large.
func checkSize(n, degree int) error {
	switch {
	case n < 2:
		return fmt.Errorf("%w: %d nodes: at least 2 are needed", ErrImpossible, n)
	case degree < 1 || degree >= n:
		return fmt.Errorf("%w: degree %d with %d nodes: it has to be 1 to %d", ErrImpossible, degree, n, n-1)
	case n > 2*MaxEdges/degree:
		return fmt.Errorf("%w: %d nodes of degree %d: at most %d connections fit", ErrImpossible, n, degree, MaxEdges)
	}
	return nil
}

// blank returns a graph without connections whose nodes have room for as many neighbours as said, all in one array.
func blank(n int, degree func(node int) int) Graph {
	sum := 0
	for node := range n {
		sum += degree(node)
	}
	g, room := make(Graph, n), make([]uint32, sum)
	for node := range g {
		d := degree(node)
		g[node], room = room[:0:d], room[d:]
	}
	return g
}

// add connects two nodes that are not connected, without keeping neighbours in order.
func (g Graph) add(a, b uint32) {
	g[a] = append(g[a], b)
	g[b] = append(g[b], a)
}

// remove disconnects two nodes that are connected, without keeping neighbours in order.
func (g Graph) remove(a, b uint32) {
	g.forget(a, b)
	g.forget(b, a)
}

// forget removes b from a's neighbours.
func (g Graph) forget(a, b uint32) {
	last := len(g[a]) - 1
	g[a][slices.Index(g[a], b)] = g[a][last]
	g[a] = g[a][:last]
}

// sort puts all neighbours in order.
func (g Graph) sort() {
	for _, neighbours := range g {
		slices.Sort(neighbours)
	}
}
