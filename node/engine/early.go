package engine

import "github.com/ledgerofthings/lot/dag"

const (
	// earlyBytes bounds how much is kept of events of the next epoch, which this node has not reached; what does not fit comes again by
	// the exchange.
	earlyBytes = 2 << 20
	// earlyPeers is how many peers use up all of it: one cannot.
	earlyPeers = 4
)

// early holds events of the next epoch that came before it began here, in the order in which they came.
type early struct {
	events []earlyEvent
	ids    map[dag.ID]struct{}
	bytes  map[string]int // by the peer that sent them
	all    int
}

type earlyEvent struct {
	dag.Verified
	from string
}

func (q *early) put(v dag.Verified, from string) {
	if q.ids == nil {
		q.ids, q.bytes = map[dag.ID]struct{}{}, map[string]int{}
	}
	_, known := q.ids[v.ID()]
	if known || q.all+v.Size() > earlyBytes || q.bytes[from]+v.Size() > earlyBytes/earlyPeers {
		return
	}
	q.ids[v.ID()] = struct{}{}
	q.bytes[from] += v.Size()
	q.all += v.Size()
	q.events = append(q.events, earlyEvent{v, from})
}

// take returns what belongs to the epoch that has begun, and forgets it.
func (q *early) take() []earlyEvent {
	events := q.events
	*q = early{}
	return events
}
