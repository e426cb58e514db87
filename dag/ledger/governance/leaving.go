package governance

import (
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// MaxRemovals is how many members without a seat leave at one seal; those who asked later wait for the next.
const MaxRemovals = 1024

// Members without a seat leave in the order in which they asked, through a queue that is numbered on.

func leavingQueue(v ledger.View) (first, next uint64) {
	b, ok := get(v, []byte(leavingKey), 16)
	if !ok {
		return 0, 0
	}
	return integer(b, 0), integer(b, 1)
}

func (d *desk) queueLeaving(event dag.Key) {
	first, next := leavingQueue(d)
	d.put(numbered(leavingKey, next), event[:])
	d.put([]byte(leavingKey), record(first, next+1))
}

// letGo removes those who leave: the seat holders, then the others up to MaxRemovals.
func (d *desk) letGo(seated keyList) {
	for _, event := range seated {
		d.dismiss(event)
	}
	first, next := leavingQueue(d)
	if first == next {
		return
	}
	for range min(MaxRemovals, next-first) {
		if b, ok := get(d, numbered(leavingKey, first), len(dag.Key{})); ok {
			d.dismiss(dag.Key(b))
		}
		d.Delete(numbered(leavingKey, first))
		first++
	}
	if first == next {
		d.Delete([]byte(leavingKey))
		return
	}
	d.put([]byte(leavingKey), record(first, next))
}

// dismiss removes a member that is to leave, unless things have changed since: a quorum gave a guest a seat, or nobody else
// with a seat would be left. It stays then.
func (d *desk) dismiss(event dag.Key) {
	m, ok := readRegistration(d, event)
	if !ok || m.leaving == staying {
		return
	}
	seats := readSeats(d)
	if seats.weight(event) > 0 {
		rest := seats.with(event, 0)
		if m.leaving == sentAway || rest.works(d.tx) != nil {
			m.leaving = staying
			d.put(entryKey(memberPrefix, event[:]...), m.record())
			return
		}
		d.putSeats(rest)
	}
	d.strike(m)
}
