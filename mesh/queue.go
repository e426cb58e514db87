package mesh

import (
	"context"
	"sync"
	"time"
)

// budget is a number of bytes that several queues share. Every queue has a share of its own beside it, which the others
// cannot use up; what a queue holds beyond that counts against the limit. Of that a queue gets no more than it leaves free,
// so that the more queues are long, the shorter each has to be, and there is always some left for one that was empty.
type budget struct {
	own, limit int64

	mu    sync.Mutex
	held  int64 // by all queues
	spent int64 // of the limit
}

// resize lets a queue that holds from bytes hold to, or reports false if it may not grow by that much.
func (b *budget) resize(from, to int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	beyond := max(int64(to)-b.own, 0)
	spent := b.spent + beyond - max(int64(from)-b.own, 0)
	if spent > b.spent && beyond > b.limit-spent {
		return false
	}
	b.held += int64(to - from)
	b.spent = spent
	return true
}

// used returns the bytes that all queues hold.
func (b *budget) used() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.held
}

// queue is a first-in first-out queue bounded in count and bytes, for any number of pushers and one popper.
type queue[T any] struct {
	maxItems, maxBytes int
	shared             *budget // may be nil

	wake chan struct{} // holds one token while there may be something to pop

	mu     sync.Mutex
	items  []queued[T]
	bytes  int
	closed bool
}

type queued[T any] struct {
	item T
	size int
}

func newQueue[T any](maxItems, maxBytes int, shared *budget) *queue[T] {
	return &queue[T]{maxItems: maxItems, maxBytes: maxBytes, shared: shared, wake: make(chan struct{}, 1)}
}

// push appends the item, or reports false if it has no place or the queue is closed. It never waits.
func (q *queue[T]) push(item T, size int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || len(q.items) >= q.maxItems || q.bytes+size > q.maxBytes {
		return false
	}
	if q.shared != nil && !q.shared.resize(q.bytes, q.bytes+size) {
		return false
	}
	q.items = append(q.items, queued[T]{item, size})
	q.bytes += size
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return true
}

// tryPop returns the first item if there is one.
func (q *queue[T]) tryPop() (item T, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.items) == 0 {
		return item, false
	}
	first := q.items[0]
	q.items[0] = queued[T]{} // let go of what the item points to
	q.items = q.items[1:]
	if len(q.items) == 0 {
		q.items = nil
	}
	q.release(first.size)
	return first.item, true
}

// pop waits for an item until the context ends or the queue has been empty for idle; zero waits for ever.
func (q *queue[T]) pop(ctx context.Context, idle time.Duration) (item T, ok bool) {
	if item, ok = q.tryPop(); ok {
		return item, true // without a timer, as on a busy stream
	}
	var expired <-chan time.Time
	if idle > 0 {
		timer := time.NewTimer(idle)
		defer timer.Stop()
		expired = timer.C
	}
	for {
		select {
		case <-q.wake:
		case <-expired:
			return q.tryPop()
		case <-ctx.Done():
			return item, false
		}
		if item, ok = q.tryPop(); ok {
			return item, true
		}
	}
}

// close empties the queue and returns how many items that dropped. Later pushes fail.
func (q *queue[T]) close() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	dropped := len(q.items)
	q.release(q.bytes)
	q.items, q.closed = nil, true
	return dropped
}

func (q *queue[T]) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items) == 0
}

// release gives bytes back; the caller holds mu.
func (q *queue[T]) release(size int) {
	if q.shared != nil {
		q.shared.resize(q.bytes, q.bytes-size)
	}
	q.bytes -= size
}
