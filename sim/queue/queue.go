// Package queue is the event queue of one shard of a simulation: a calendar of buckets of a few hundred microseconds on a wheel
// (R. Brown, Calendar queues: a fast O(1) priority queue implementation for the simulation event set problem, CACM 31, 1988),
// with a heap for what lies beyond the wheel. Only the bucket whose turn it is gets sorted.
package queue

// Queue hands out items in the order of Item.Before. It allocates nothing once it has been as full as it gets, and gives memory
// back as time goes on if it stays emptier. It is for one goroutine.
type Queue struct {
	run   run   // the open bucket as it was when it was opened
	late  heap  // what was pushed since into the open bucket or, after a jump, before it
	wheel wheel // the next 4,096 buckets, two seconds
	far   heap  // everything after them
	size  int
	turn  uint64 // of the wheel, at the last trim
}

// New returns an empty queue at time 0.
func New() *Queue { return &Queue{} }

// Len returns the number of items in the queue.
func (q *Queue) Len() int { return q.size }

// Push adds an item. Its time must not be before that of the item popped last: if it is, it comes out next all the same, and
// time goes backwards for who pops it.
func (q *Queue) Push(item Item) {
	q.size++
	switch bucket := bucketOf(item.At); {
	case bucket < q.wheel.edge:
		q.late.push(item)
	case q.wheel.covers(bucket):
		q.wheel.add(item)
	default:
		q.far.push(item)
	}
}

// Next returns the time of the first item; ok is false if there is none.
func (q *Queue) Next() (at uint64, ok bool) {
	switch {
	case !q.run.empty() && (len(q.late.items) == 0 || q.run.items[q.run.head].At <= q.late.items[0].At):
		return q.run.items[q.run.head].At, true
	case len(q.late.items) > 0:
		return q.late.items[0].At, true
	}
	if _, at, ok = q.wheel.next(); ok {
		return at, true
	}
	if len(q.far.items) > 0 {
		return q.far.items[0].At, true
	}
	return 0, false
}

// Pop takes the first item out if its time is below `before`.
func (q *Queue) Pop(before uint64) (Item, bool) {
	r := &q.run
	if r.empty() && len(q.late.items) == 0 && !q.advance(before) {
		return Item{}, false
	}
	if len(q.late.items) > 0 && (r.empty() || q.late.items[0].Before(&r.items[r.head])) {
		if q.late.items[0].At >= before {
			return Item{}, false
		}
		q.size--
		return q.late.pop(), true
	}
	item := r.items[r.head]
	if item.At >= before {
		return Item{}, false
	}
	r.head++
	q.size--
	return item, true
}

// advance opens the next bucket with items if its first item is before a time. A bucket that nobody asked for stays closed, since
// what is pushed into an open one costs a heap.
func (q *Queue) advance(before uint64) bool {
	bucket, at, ok := q.wheel.next()
	if !ok {
		if len(q.far.items) == 0 || q.far.items[0].At >= before {
			return false
		}
		bucket = bucketOf(q.far.items[0].At)
		q.wheel.edge = bucket
		q.approach()
	} else if at >= before {
		return false
	}
	q.wheel.open(bucket, &q.run)
	q.approach()
	q.trim()
	return true
}

// approach moves what has come within the wheel's reach from the heap to the wheel.
func (q *Queue) approach() {
	for len(q.far.items) > 0 && q.wheel.covers(bucketOf(q.far.items[0].At)) {
		q.wheel.add(q.far.pop())
	}
}

// trim gives memory back once in a turn of the wheel.
func (q *Queue) trim() {
	turn := q.wheel.edge / slots
	if turn == q.turn {
		return
	}
	q.turn = turn
	q.run.trim()
	q.late.trim()
	q.far.trim()
	q.wheel.pool.trim()
}
