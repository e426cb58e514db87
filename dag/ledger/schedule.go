package ledger

import (
	"cmp"

	"github.com/benbjohnson/immutable"
)

// schedule orders the deadlines of a state by when they become due. It is a function of the state's deadline entries, and
// immutable like the state. A deadline waits for its time first and then, moved once, for its number of checkpoints: so
// neither queue ever holds, ahead of what is due, anything that is not.
type schedule struct {
	byTime        *queue
	byCheckpoints *queue
}

type queue = immutable.SortedMap[place, Deadline]

// place is where a deadline stands in its queue.
type place struct {
	when   uint64 // time or number of checkpoints
	module string
	id     string
}

// placeOrder makes the order of a queue total.
type placeOrder struct{}

// Compare implements immutable.Comparer.
func (placeOrder) Compare(a, b place) int {
	return cmp.Or(cmp.Compare(a.when, b.when), cmp.Compare(a.module, b.module), cmp.Compare(a.id, b.id))
}

func newSchedule() schedule {
	return schedule{
		byTime:        immutable.NewSortedMap[place, Deadline](placeOrder{}),
		byCheckpoints: immutable.NewSortedMap[place, Deadline](placeOrder{}),
	}
}

// with returns the schedule with a deadline added.
func (s schedule) with(module, id string, d pending) schedule {
	if d.timeCame {
		s.byCheckpoints = s.byCheckpoints.Set(place{d.Checkpoints, module, id}, d.Deadline)
	} else {
		s.byTime = s.byTime.Set(place{d.Time, module, id}, d.Deadline)
	}
	return s
}

// without returns the schedule with a deadline removed.
func (s schedule) without(module, id string, d pending) schedule {
	if d.timeCame {
		s.byCheckpoints = s.byCheckpoints.Delete(place{d.Checkpoints, module, id})
	} else {
		s.byTime = s.byTime.Delete(place{d.Time, module, id})
	}
	return s
}

// first returns the deadline that stands first in a queue.
func first(q *queue) (place, Deadline, bool) {
	if q.Len() == 0 {
		return place{}, Deadline{}, false
	}
	return q.Iterator().Next()
}
