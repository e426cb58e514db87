package dag

import "container/list"

// Ask is a list of missing parents to request from a peer.
type Ask struct {
	Peer string // who sent an event that needs them; empty if any peer will do
	IDs  []ID
}

const (
	asksOfSender = 2 // how often the peer that sent the event is asked for its parent before anyone is
	maxBackoff   = 3 // how often the time between two requests for one parent doubles
)

// want is a parent that events wait for. It exists as long as one of them does.
type want struct {
	id       ID
	from     string        // the peer that sent the first event that needs it
	at       uint64        // ms: when it was needed first, or asked for last
	asked    int           // how often
	children []*waiter     // in the order in which they came; some may be gone
	alive    int           // children that are still here
	place    *list.Element // in the queue; nil while the parent is here itself and waits
}

// queue holds the parents to be asked for, by how often they were asked for. In each list all have the same time to wait, so
// that the first is due first and nobody looks at the others.
type queue [maxBackoff + 2]list.List

// level returns the list that a parent belongs to.
func (n *want) level() int { return min(n.asked, maxBackoff+1) }

// push adds a parent that is not in the queue.
func (q *queue) push(n *want) { n.place = q[n.level()].PushBack(n) }

// remove takes a parent out, if it is in the queue.
func (q *queue) remove(n *want) {
	if n.place != nil {
		q[n.level()].Remove(n.place)
		n.place = nil
	}
}

// next takes out the parent that has waited longest of those that are due, and returns nil if none is.
func (q *queue) next(now, patience, retry uint64) (next *want) {
	delay := patience
	for level := range q {
		if front := q[level].Front(); front != nil {
			n := front.Value.(*want)
			if n.at+delay <= now && (next == nil || n.at < next.at) {
				next = n
			}
		}
		delay = retry << level
	}
	if next != nil {
		q.remove(next)
	}
	return next
}

// Wanted lists parents that have been missing for at least patience ms, at most limit of them, grouped by peer, and marks
// them as asked for at now. It lists one again after retry ms, then after twice and more times that. Those that were
// asked for go behind the others, so that parents which nobody has cannot keep the rest from being asked for. It costs
// what it lists, however much is missing. Calls with another patience or retry than before may list some parents later.
func (g *Graph) Wanted(now, patience, retry uint64, limit int) []Ask {
	q := &g.waiting.queue
	var asks []Ask
	var asked []*want
	for len(asked) < limit {
		n := q.next(now, patience, retry)
		if n == nil {
			break
		}
		asks = addAsk(asks, n.ask(now), n.id)
		asked = append(asked, n)
	}
	for _, n := range asked {
		q.push(n)
	}
	return asks
}

// ask notes that a parent is asked for and returns of whom: first the peer that should have it, later anyone.
func (n *want) ask(now uint64) (peer string) {
	n.at = now
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
