package dag

// ChainIndex numbers the keys of an arena in the order of their first events.
type ChainIndex uint32

// BranchIndex numbers the branches of all chains. A key that behaves has one branch; every fork opens another.
type BranchIndex uint32

const noBranch = ^BranchIndex(0)

// branch is a run of one key's events, each the prev of the next. Branches form trees towards those that start at seq 1,
// climbed in long jumps, so that a key cannot make others pay for a fork of a fork of a fork. See E. Myers, "An applicative
// random-access stack", Information Processing Letters 17 (1983).
type branch struct {
	parent  BranchIndex // the branch it forks off, or noBranch for one that starts at seq 1
	jump    BranchIndex // one further up; itself for one that starts at seq 1
	depth   uint32      // the number of branches above it
	forkSeq uint64      // the highest seq of the parent that still belongs to the common past; 0 without one
	events  []Index     // from forkSeq+1 on
}

// last returns the newest event.
func (b *branch) last() Index { return b.events[len(b.events)-1] }

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
		v.Branch = a.vertices[v.Prev].Branch
		if b := &c.branches[v.Branch]; b.last() == v.Prev {
			b.events = append(b.events, i)
			return func() { c.shorten(v.Branch) }
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

// shorten takes the newest event off a branch.
func (c *chains) shorten(b BranchIndex) {
	events := &c.branches[b].events
	*events = (*events)[:len(*events)-1]
}

// fork returns the branch that begins with vertex i, to be the last in the list.
func (c *chains) fork(a *Arena, i Index, v *Vertex) branch {
	if v.Prev == NoIndex {
		return branch{parent: noBranch, jump: BranchIndex(len(c.branches)), events: []Index{i}}
	}
	prev := &a.vertices[v.Prev]
	parent := &c.branches[prev.Branch]
	b := branch{
		parent: prev.Branch, jump: prev.Branch, depth: parent.depth + 1, forkSeq: prev.Event.fields.Seq, events: []Index{i},
	}
	if near := &c.branches[parent.jump]; parent.depth-near.depth == near.depth-c.branches[near.jump].depth {
		b.jump = near.jump
	}
	return b
}

// climb returns a branch above b that is as far up as one step leads without passing the given depth, which is less than b's.
func (c *chains) climb(b BranchIndex, depth uint32) BranchIndex {
	if jump := c.branches[b].jump; c.branches[jump].depth >= depth {
		return jump
	}
	return c.branches[b].parent
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

// path returns the events of a key along prev, from seq 1 to the event at i. The caller must not change the slice. It costs
// nothing on a branch that starts at seq 1, and one pass over the events on another.
func (a *Arena) path(i Index) []Index {
	v := &a.vertices[i]
	seq := v.Event.fields.Seq
	if b := &a.chains.branches[v.Branch]; b.parent == noBranch {
		return b.events[:seq:seq]
	}
	path := make([]Index, seq)
	for n := range path {
		path[len(path)-1-n] = i
		i = a.vertices[i].Prev
	}
	return path
}

// Precedes reports whether x is y or an ancestor of y along prev. Both must be events of one chain. It costs one
// comparison, and between branches a number of steps that is logarithmic in the forks between them.
func (a *Arena) Precedes(x, y Index) bool {
	vx, vy := &a.vertices[x], &a.vertices[y]
	if vx.Branch == vy.Branch {
		return vx.Event.fields.Seq <= vy.Event.fields.Seq
	}
	below, b := a.chains.branches[vx.Branch].depth+1, vy.Branch
	for a.chains.branches[b].depth > below {
		b = a.chains.climb(b, below)
	}
	fork := &a.chains.branches[b]
	return fork.depth == below && fork.parent == vx.Branch && vx.Event.fields.Seq <= fork.forkSeq
}
