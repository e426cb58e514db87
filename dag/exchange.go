package dag

// Request returns what to ask a peer for: all it holds of the graph's epoch in the buckets of mask beyond what is here. At more keys than fit a
// message the mask is cut to the buckets that fit, the lowest first.
func (g *Graph) Request(mask uint64) *Missing {
	m := &Missing{Epoch: g.arena.origin.Epoch, Heads: make([]Head, 0, g.countHeads(mask))}
	free := room{count: MaxHeads, bytes: maxHeadsBytes}
	for b := range g.buckets {
		if mask&(1<<b) == 0 {
			continue
		}
		before := len(m.Heads)
		if !g.addHeads(m, b, &free) && m.Mask != 0 {
			m.Heads = m.Heads[:before]
			break
		}
		m.Mask |= 1 << b
	}
	return m
}

// countHeads returns how many heads a request for the buckets of mask has at most.
func (g *Graph) countHeads(mask uint64) (n int) {
	for b := range g.buckets {
		if mask&(1<<b) != 0 {
			n += int(g.buckets[b].count)
		}
	}
	return min(n, MaxHeads)
}

// addHeads adds the heads of a bucket to a request as far as there is room, and reports whether there was for all.
func (g *Graph) addHeads(m *Missing, b int, free *room) (all bool) {
	for c := range g.listed(1 << b) {
		if !free.take(c.forked()) {
			return false
		}
		m.Heads = append(m.Heads, g.head(c))
	}
	return true
}

// room is what is left of a message.
type room struct{ count, bytes int }

// take takes up the room of a head and reports whether there was enough.
func (r *room) take(withSums bool) bool {
	if r.count == 0 || r.bytes < headSize+sumsSize {
		return false
	}
	r.count--
	r.bytes -= headSize
	if withSums {
		r.bytes -= sumsSize
	}
	return true
}

// head tells how far a chain goes here. It shares the bytes of the chain's last event.
func (g *Graph) head(c *localChain) Head {
	last := g.arena.Event(c.last)
	h := Head{Key: last.fields.Key[:], Seq: last.fields.Seq, Last: last.id[:]}
	if c.forked() {
		h.Sums = g.forks[c.fork-1].sums.bytes()
	}
	return h
}

// Answer returns the events that a peer lacks according to its request, which must be about the graph's epoch, parents first,
// within the limits of a message.
func (g *Graph) Answer(m *Missing) *Inform {
	r := reply{graph: g, Inform: Inform{Tag: m.Tag, Epoch: m.Epoch, Now: g.arena.origin.Epoch, Answer: m.Mask}}
	r.addIDs(m.IDs)
	for runs := g.lacking(m); runs.Len() > 0; {
		i := runs.first()
		if r.full(MaxInformEvents, MaxInformBytes) {
			r.Next = uint64(g.places[i].position) + 1
			break
		}
		r.add(i)
		runs.advance()
	}
	return &r.Inform
}

// reply is an Inform that is being filled.
type reply struct {
	Inform
	graph *Graph
	sent  map[Index]struct{} // of what was asked for by id; the rest does not repeat itself
	bytes int
}

func (r *reply) full(events, bytes int) bool { return len(r.Blocks) >= events || r.bytes >= bytes }

func (r *reply) add(i Index) {
	if _, ok := r.sent[i]; ok {
		return
	}
	block := r.graph.arena.Event(i).block
	r.Blocks = append(r.Blocks, block)
	r.bytes += len(block)
}

// addIDs adds events that were asked for by id, in at most half the room, so that what was asked for by heads advances too.
func (r *reply) addIDs(ids [][]byte) {
	if len(ids) > 0 {
		r.sent = map[Index]struct{}{}
	}
	for _, id := range ids {
		i, ok := r.graph.Find(ID(id))
		if !ok || i < Roots {
			continue
		}
		path := r.pathTo(i)
		for n := range path {
			r.add(path[len(path)-1-n])
		}
		for _, i := range path {
			r.sent[i] = struct{}{}
		}
	}
}

// maxPath bounds how many ancestors come along with an event that was asked for by id.
const maxPath = 512

// pathTo returns an event and ancestors of it along prev, newest first, as far as there is room: as many as its key has
// newer events here. Where two nodes follow different branches of a key, one walks back from the newest event to the fork by
// asking for ids, and so doubles its step each time. A parent that was lost lately comes with few or none.
func (r *reply) pathTo(i Index) (path []Index) {
	a := r.graph.arena
	v := a.Vertex(i)
	newer := a.Event(r.graph.chains[v.Chain].last).fields.Seq - v.Event.fields.Seq
	events, bytes := MaxInformEvents/2-len(r.Blocks), MaxInformBytes/2-r.bytes
	for n := uint64(0); n <= min(newer, maxPath) && events > 0 && bytes > 0 && i != NoIndex; n++ {
		if _, ok := r.sent[i]; ok {
			break
		}
		path = append(path, i)
		events--
		bytes -= a.Event(i).Size()
		i = a.Vertex(i).Prev
	}
	return path
}
