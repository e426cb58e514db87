package finality

import "github.com/ledgerofthings/lot/dag"

// column holds, for every vertex, what its cone shows of one key outside the committee. A key gets one when the arena
// learns of its second branch: until then no fork of it is visible anywhere.
type column struct {
	chain dag.ChainIndex
	heads []head
}

// track sees to it that the forks of the key of vertex i can be seen, i being the newest vertex. It costs one pass over the
// arena for each key that ever forks.
func (r *Rules) track(i dag.Index, v *dag.Vertex) {
	if r.arena.Branches(v.Chain) < 2 {
		return
	}
	if m := r.marks[i].member; m >= 0 {
		r.forkedMembers = true
		return
	}
	if _, ok := r.tracked[v.Chain]; ok {
		return
	}
	r.tracked[v.Chain] = len(r.columns)
	c := column{chain: v.Chain, heads: make([]head, dag.Roots, i+1)}
	for j := dag.Index(dag.Roots); j < i; j++ {
		r.growColumn(&c, j)
	}
	r.columns = append(r.columns, c)
}

// growColumn appends what the cone of vertex j shows of the column's key.
func (r *Rules) growColumn(c *column, j dag.Index) {
	v := r.arena.Vertex(j)
	h := r.columnHead(c, v.Prev, v.Approves)
	if v.Chain == c.chain {
		h = r.join(h, head(j))
	}
	c.heads = append(c.heads, h)
}

// columnHead returns what the cones of some parents together show of the column's key.
func (r *Rules) columnHead(c *column, prev dag.Index, approves []dag.Index) head {
	h := noHead
	if prev != dag.NoIndex {
		h = c.heads[prev]
	}
	for _, p := range approves {
		h = r.join(h, c.heads[p])
	}
	return h
}

// ForkVisible reports whether the cone of vertex i shows two branches of the key.
func (r *Rules) ForkVisible(i dag.Index, key dag.Key) bool {
	if m, ok := r.committee.Number(key); ok {
		return r.rows.at(i)[m].forked()
	}
	if r.arena == nil {
		return false
	}
	chain, ok := r.arena.Chain(key)
	return ok && r.outsiderForked(chain, i)
}

// outsiderForked reports whether the cone of vertex i shows two branches of a chain outside the committee.
func (r *Rules) outsiderForked(chain dag.ChainIndex, i dag.Index) bool {
	n, ok := r.tracked[chain]
	return ok && r.columns[n].heads[i].forked()
}
