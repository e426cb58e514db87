package dag

// localChain is what the node holds of one key. It is small, since a simulation has many nodes and keys: as long as the key
// has not forked here, its events are those along prev from the last one.
type localChain struct {
	last Index      // of the highest seq without a gap; 0, a root, if there is none
	fork uint32     // its place in Graph.forks, from 1, once the key has forked; 0 before
	next ChainIndex // the one behind it in its bucket
}

func (c *localChain) forked() bool { return c.fork != 0 }

// forkedChain is what the node holds of a key that forked.
type forkedChain struct {
	main  []Index // the first event that came for each seq, from seq 1; not always each the prev of the next
	forks []Index // further events of a seq that was taken, in the order in which they came
	low   uint64  // the lowest seq of which forks has an event
	sums  keySums // of all events
}

// put records an event of the key.
func (f *forkedChain) put(e *Event, i Index) {
	if e.fields.Seq == uint64(len(f.main))+1 {
		f.main = append(f.main, i)
	} else {
		f.low = min(f.low, e.fields.Seq)
		f.forks = append(f.forks, i)
	}
	f.sums.add(e.id)
}

// extend records an event of a chain and reports whether it shows for the first time that the key forked.
func (g *Graph) extend(number ChainIndex, i Index) (forked bool) {
	c, e := g.chain(number), g.arena.Event(i)
	switch {
	case c.forked():
		f := g.forks[c.fork-1]
		f.put(e, i)
		c.last = f.main[len(f.main)-1]
	case c.last == 0:
		g.enlist(number)
		c.last = i
	case e.fields.Seq > g.arena.Event(c.last).fields.Seq:
		c.last = i
	default:
		g.forks = append(g.forks, g.newFork(c, e, i))
		c.fork = uint32(len(g.forks))
		return true
	}
	return false
}

// newFork lists the events of a key that turns out to have forked, the event that shows it among them.
func (g *Graph) newFork(c *localChain, e *Event, i Index) *forkedChain {
	f := &forkedChain{low: e.fields.Seq}
	for _, j := range g.arena.path(c.last) {
		f.put(g.arena.Event(j), j)
	}
	f.put(e, i)
	return f
}

// events lists what is held of a chain of which something is: the first event that came for each seq, and the further ones.
func (g *Graph) events(c *localChain) (main, forks []Index) {
	if c.forked() {
		f := g.forks[c.fork-1]
		return f.main, f.forks
	}
	return g.arena.path(c.last), nil
}

// Chain returns the events of a key in the order of seq, the first that came for each; and those of its forks. The caller
// must not change the slices.
func (g *Graph) Chain(key Key) (main, forks []Index) {
	c, ok := g.arena.Chain(key)
	if !ok || int(c) >= len(g.chains) || g.chains[c].last == 0 {
		return nil, nil
	}
	return g.events(&g.chains[c])
}

// HeldSeq returns the highest seq up to which all events of a chain are attached here; 0 if none is.
func (g *Graph) HeldSeq(c ChainIndex) uint64 {
	if int(c) >= len(g.chains) || g.chains[c].last == 0 {
		return 0
	}
	return g.arena.Event(g.chains[c].last).fields.Seq
}

// Forked reports whether two events of one seq of the key are attached here.
func (g *Graph) Forked(key Key) bool {
	c, ok := g.arena.Chain(key)
	return ok && int(c) < len(g.chains) && g.chains[c].forked()
}

// chain returns the record of a chain, growing the list where a shared arena is ahead of this node.
func (g *Graph) chain(c ChainIndex) *localChain {
	if missing := int(c) + 1 - len(g.chains); missing > 0 {
		g.chains = append(g.chains, make([]localChain, missing)...)
	}
	return &g.chains[c]
}
