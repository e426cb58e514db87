package dag

// Ask is a list of missing parents to request from a peer.
type Ask struct {
	Peer string // who sent an event that needs them; empty if any peer will do
	IDs  []ID
}

const (
	asksOfSender = 2 // how often the peer that sent the event is asked for its parent before anyone is
	maxBackoff   = 3 // how often the time between two requests for one parent doubles
)

// Wanted lists parents that have been missing for at least patience ms, at most limit of them, grouped by peer, and marks
// them as asked for at now. It lists one again after retry ms, then after twice and more times that. Those that were
// asked for go behind the others, so that parents which nobody has cannot keep the rest from being asked for.
func (g *Graph) Wanted(now, patience, retry uint64, limit int) []Ask {
	w := &g.waiting
	var asks []Ask
	var asked []*want
	kept := w.queue[:0]
	for _, n := range w.queue {
		switch {
		case !w.wanted(n):
		case len(asked) >= limit || w.has(n.id) || now < n.due(patience, retry):
			kept = append(kept, n)
		default:
			asks = addAsk(asks, n.ask(now), n.id)
			asked = append(asked, n)
		}
	}
	clear(w.queue[len(kept):])
	w.queue = append(w.queue[:len(kept)], asked...)
	return asks
}

// due returns when the parent is to be asked for next.
func (n *want) due(patience, retry uint64) uint64 {
	if n.asked == 0 {
		return n.since + patience
	}
	return n.askedAt + retry<<min(n.asked-1, maxBackoff)
}

// ask notes that a parent is asked for and returns of whom: first the peer that should have it, later anyone.
func (n *want) ask(now uint64) (peer string) {
	n.askedAt = now
	n.asked++
	if n.asked > asksOfSender {
		return ""
	}
	return n.from
}

func addAsk(asks []Ask, peer string, id ID) []Ask {
	for i := range asks {
		if asks[i].Peer == peer {
			asks[i].IDs = append(asks[i].IDs, id)
			return asks
		}
	}
	return append(asks, Ask{Peer: peer, IDs: []ID{id}})
}
