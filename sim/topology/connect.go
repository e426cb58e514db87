package topology

// part is a connected component.
type part struct {
	bough  edge   // an edge of its spanning tree
	spares []edge // edges that are not in the spanning tree: it is connected without any of them
}

// connect joins the parts of a graph by switches and returns their number. A switch replaces an edge a-b that its part can spare and
// any edge c-d of another part by a-c and b-d, which leaves every degree as it is. Every part needs as many edges as nodes, so
// that it has one to spare: that holds for regular graphs from degree 2 on, and for small worlds, where every node keeps
// an edge of its own.
func connect(g Graph) (switches int) {
	parts := components(g)
	spares := parts[0].spares
	for _, other := range parts[1:] {
		spare := spares[len(spares)-1]
		spares = append(spares[:len(spares)-1], other.spares...)
		g.remove(spare[0], spare[1])
		g.remove(other.bough[0], other.bough[1])
		g.add(spare[0], other.bough[0])
		g.add(spare[1], other.bough[1])
		switches++
	}
	return switches
}

// components finds the parts of a graph and a spanning tree of each, by breadth.
func components(g Graph) []part {
	var parts []part
	const none = ^uint32(0)
	parent := make([]uint32, len(g))
	for node := range parent {
		parent[node] = none
	}
	order := make([]uint32, 0, len(g)) // the nodes as they are found; those of a part in a row
	for root := range uint32(len(g)) {
		if parent[root] != none {
			continue
		}
		parent[root] = root
		from := len(order)
		order = append(order, root)
		for i := from; i < len(order); i++ {
			for _, node := range g[order[i]] {
				if parent[node] == none {
					parent[node] = order[i]
					order = append(order, node)
				}
			}
		}
		parts = append(parts, partOf(g, order[from:], parent))
	}
	return parts
}

// partOf returns the component of the nodes given, the root first.
func partOf(g Graph, nodes, parent []uint32) part {
	var p part
	if len(nodes) > 1 {
		p.bough = edge{nodes[0], nodes[1]}
	}
	for _, a := range nodes {
		for _, b := range g[a] {
			if a < b && parent[a] != b && parent[b] != a {
				p.spares = append(p.spares, edge{a, b})
			}
		}
	}
	return p
}
