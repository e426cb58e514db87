package dag

// ChainIndex numbers the keys of an arena in the order of their first events.
type ChainIndex uint32

// BranchIndex numbers the branches of all chains. A key that behaves has one branch; every fork opens another.
type BranchIndex uint32

const noBranch = ^BranchIndex(0)

// branch is a run of one key's events, each the prev of the next.
type branch struct {
	parent  BranchIndex // the branch it forks off, or noBranch for one that starts at seq 1
	forkSeq uint64      // the highest seq of the parent that still belongs to the common past; 0 without one
	last    Index
}

type chain struct {
	key      Key
	branches int
}

// chains keeps the issuing keys' chains and their forks. The numbers depend on the order of arrival; what is computed
// from them does not.
type chains struct {
	byKey    map[Key]ChainIndex
	list     []chain
	branches []branch
}

func newChains() chains { return chains{byKey: map[Key]ChainIndex{}} }

// extend puts vertex i on its chain and returns what takes it off again.
func (c *chains) extend(a *Arena, i Index, v *Vertex) (undo func()) {
	number, known := c.byKey[v.Event.fields.Key]
	if !known {
		number = ChainIndex(len(c.list))
		c.byKey[v.Event.fields.Key] = number
		c.list = append(c.list, chain{key: v.Event.fields.Key})
	}
	v.Chain = number
	if v.Prev != NoIndex {
		b := a.vertices[v.Prev].Branch
		if c.branches[b].last == v.Prev {
			v.Branch = b
			c.branches[b].last = i
			prev := v.Prev
			return func() { c.branches[b].last = prev }
		}
	}
	v.Branch = BranchIndex(len(c.branches))
	c.branches = append(c.branches, c.fork(a, i, v))
	c.list[number].branches++
	return func() {
		c.branches = c.branches[:len(c.branches)-1]
		c.list[number].branches--
		if !known {
			delete(c.byKey, v.Event.fields.Key)
			c.list = c.list[:number]
		}
	}
}

func (c *chains) fork(a *Arena, i Index, v *Vertex) branch {
	if v.Prev == NoIndex {
		return branch{parent: noBranch, last: i}
	}
	prev := &a.vertices[v.Prev]
	return branch{parent: prev.Branch, forkSeq: prev.Event.fields.Seq, last: i}
}

// Chain returns the chain of a key, if an event of it is here.
func (a *Arena) Chain(key Key) (ChainIndex, bool) {
	c, ok := a.chains.byKey[key]
	return c, ok
}

// ChainKey returns the key of a chain.
func (a *Arena) ChainKey(c ChainIndex) Key { return a.chains.list[c].key }

// Chains returns the number of chains.
func (a *Arena) Chains() int { return len(a.chains.list) }

// Branches returns how many branches the arena knows of a chain: more than one means that the key forked.
func (a *Arena) Branches(c ChainIndex) int { return a.chains.list[c].branches }

// Precedes reports whether x is y or an ancestor of y along prev. Both must be events of one chain. It costs one
// comparison, and one more for every fork between them.
func (a *Arena) Precedes(x, y Index) bool {
	vx, vy := &a.vertices[x], &a.vertices[y]
	seq, b := vy.Event.fields.Seq, vy.Branch
	for b != vx.Branch {
		b, seq = a.chains.branches[b].parent, a.chains.branches[b].forkSeq
		if b == noBranch {
			return false
		}
	}
	return vx.Event.fields.Seq <= seq
}
