package engine

import "github.com/ledgerofthings/lot/dag"

// earlyBytes bounds how much is kept of events that belong to an epoch that this node has not reached; what does not fit comes again
// by the exchange.
const earlyBytes = 2 << 20

// early holds events that came before their epoch began here, in the order in which they came.
type early struct {
	events []earlyEvent
	bytes  int
}

type earlyEvent struct {
	dag.Verified
	from string
}

func (q *early) put(v dag.Verified, from string) {
	if q.bytes+v.Size() > earlyBytes {
		return
	}
	q.bytes += v.Size()
	q.events = append(q.events, earlyEvent{v, from})
}

// take returns what belongs to an epoch that has begun, and forgets it and what is older.
func (q *early) take(epoch uint64) (ready []earlyEvent) {
	events := q.events
	*q = early{}
	for _, e := range events {
		switch {
		case e.Epoch() == epoch:
			ready = append(ready, e)
		case e.Epoch() > epoch:
			q.put(e.Verified, e.from)
		}
	}
	return ready
}
