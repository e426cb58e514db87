package topology

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// ErrFile says that a file is no topology; the text says in which line and why.
var ErrFile = errors.New("topology file")

// Read reads a graph of n nodes: a connection a line as two node numbers (0 to n-1) with blanks between them, the same one any
// number of times and either way round. Empty lines and what follows a # count for nothing. The graph has to be connected.
func Read(from io.Reader, n int) (Graph, error) {
	if err := checkSize(n, 1); err != nil {
		return nil, err
	}
	var edges []edge
	lines := bufio.NewScanner(from)
	for number := 1; lines.Scan(); number++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(text)
		if len(fields) == 0 {
			continue
		}
		e, err := readEdge(fields, n)
		if err != nil {
			return nil, fmt.Errorf("%w, line %d: %w", ErrFile, number, err)
		}
		if edges = append(edges, e); len(edges) > MaxEdges {
			return nil, fmt.Errorf("%w, line %d: at most %d connections fit", ErrFile, number, MaxEdges)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%w: reading: %w", ErrFile, err)
	}
	return fromEdges(n, edges)
}

// readEdge reads two node numbers.
func readEdge(fields []string, n int) (e edge, err error) {
	if len(fields) != 2 {
		return e, fmt.Errorf("%d fields, want two node numbers", len(fields))
	}
	for i, field := range fields {
		node, err := strconv.ParseUint(field, 10, 32)
		if err != nil {
			return e, fmt.Errorf("%q is no node number", field)
		}
		if node >= uint64(n) {
			return e, fmt.Errorf("node %d: there are nodes 0 to %d", node, n-1)
		}
		e[i] = uint32(node)
	}
	if e[0] == e[1] {
		return e, fmt.Errorf("node %d is connected to itself", e[0])
	}
	return e, nil
}

// fromEdges makes a graph, which has to be connected.
func fromEdges(n int, edges []edge) (Graph, error) {
	degrees := make([]int, n)
	for _, e := range edges {
		degrees[e[0]]++
		degrees[e[1]]++
	}
	g := blank(n, func(node int) int { return degrees[node] })
	for _, e := range edges {
		g.add(e[0], e[1])
	}
	g.sort()
	for node := range g {
		g[node] = slices.Compact(g[node])
	}
	distances := make([]int32, n)
	if reached, _ := g.search(0, distances, nil); len(reached) < n {
		return nil, fmt.Errorf("%w: node %d cannot be reached from node 0, nor can %d others", ErrFile,
			slices.Index(distances, unreached), n-len(reached)-1)
	}
	return g, nil
}
