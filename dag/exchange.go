package dag

// Request returns what to ask a peer for: all it holds in the buckets of mask beyond what is here. At more keys than fit a
// message the mask is cut to the buckets that fit, the lowest first.
func (g *Graph) Request(mask uint64) *Missing {
	var perBucket [Buckets][]Head
	for _, number := range g.keys {
		c := &g.chains[number]
		if b := bucketOf(g.arena.ChainKey(number)); mask&(1<<b) != 0 {
			perBucket[b] = append(perBucket[b], g.head(c))
		}
	}
	m := &Missing{}
	free := room{count: MaxHeads, bytes: maxHeadsBytes}
	for b := range perBucket {
		heads := perBucket[b]
		if mask&(1<<b) == 0 {
			continue
		}
		n := free.take(heads)
		if n < len(heads) && m.Mask != 0 {
			break
		}
		m.Mask |= 1 << b
		m.Heads = append(m.Heads, heads[:n]...)
	}
	return m
}

// room is what is left of a message.
type room struct{ count, bytes int }

// take returns how many of the heads fit and takes up their room.
func (r *room) take(heads []Head) (n int) {
	for ; n < len(heads) && r.count > 0 && r.bytes >= headSize+sumsSize; n++ {
		r.count--
		r.bytes -= headSize + len(heads[n].Sums)
	}
	return n
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

// Answer returns the events that a peer lacks according to its request, parents first, within the limits of a message.
func (g *Graph) Answer(m *Missing) *Inform {
	r := reply{graph: g, Inform: Inform{Answer: m.Mask}, sent: map[Index]struct{}{}}
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
	sent  map[Index]struct{}
	bytes int
}

func (r *reply) full(events, bytes int) bool { return len(r.Blocks) >= events || r.bytes >= bytes }

func (r *reply) add(i Index) {
	if _, ok := r.sent[i]; ok {
		return
	}
	r.sent[i] = struct{}{}
	block := r.graph.arena.Event(i).block
	r.Blocks = append(r.Blocks, block)
	r.bytes += len(block)
}

// addIDs adds events that were asked for by id, in at most half the room, so that what was asked for by heads advances too.
func (r *reply) addIDs(ids [][]byte) {
	for _, id := range ids {
		i, ok := r.graph.Find(ID(id))
		if !ok || i < Roots {
			continue
		}
		path := r.pathTo(i)
		for n := range path {
			r.add(path[len(path)-1-n])
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
