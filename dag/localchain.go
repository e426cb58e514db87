package dag

// localChain is what the node holds of one key.
type localChain struct {
	main  []Index  // the first event that came for each seq, from seq 1; after a fork not always each the prev of the next
	forks []Index  // further events of a seq that was taken, in the order in which they came
	low   uint64   // the lowest seq of which forks has an event
	sums  *keySums // of all events, once the key has forked
}

func (c *localChain) forked() bool { return c.sums != nil }

// put records an event of the key and reports whether it shows for the first time that the key forked.
func (c *localChain) put(a *Arena, i Index) (forked bool) {
	e := a.Event(i)
	if e.fields.Seq == uint64(len(c.main))+1 {
		c.main = append(c.main, i)
	} else {
		if forked = c.sums == nil; forked {
			c.sums = c.sumMain(a)
			c.low = e.fields.Seq
		}
		c.low = min(c.low, e.fields.Seq)
		c.forks = append(c.forks, i)
	}
	if c.sums != nil {
		c.sums.add(e.id)
	}
	return forked
}

func (c *localChain) sumMain(a *Arena) *keySums {
	sums := new(keySums)
	for _, i := range c.main {
		sums.add(a.ID(i))
	}
	return sums
}

// Chain returns the events of a key in the order of seq, the first that came for each; and those of its forks. The caller
// must not change the slices.
func (g *Graph) Chain(key Key) (main, forks []Index) {
	c, ok := g.arena.Chain(key)
	if !ok || int(c) >= len(g.chains) {
		return nil, nil
	}
	return g.chains[c].main, g.chains[c].forks
}

// Forked reports whether two events of one seq of the key are attached here.
func (g *Graph) Forked(key Key) bool {
	c, ok := g.arena.Chain(key)
	return ok && int(c) < len(g.chains) && g.chains[c].forked()
}

// chain returns the record of a chain, growing the list where a shared arena is ahead of this node.
func (g *Graph) chain(c ChainIndex) *localChain {
	for int(c) >= len(g.chains) {
		g.chains = append(g.chains, localChain{})
	}
	return &g.chains[c]
}
