package queue

import (
	"cmp"
	"slices"
)

// insertionItems is the length up to which an insertion sort is quickest.
const insertionItems = 48

// run is the items of the open bucket, sorted.
type run struct {
	items  []Item
	head   int // items before it are popped
	peak   int // most items since the last trim
	starts [width]uint32
}

// empty reports whether all is popped.
func (r *run) empty() bool { return r.head == len(r.items) }

// load replaces a run that is empty with n items, last of all the first fill ones of the chunk last, and leaves the chunks to
// the caller.
func (r *run) load(last *chunk, fill, n int) {
	r.head = 0
	r.peak = max(r.peak, n)
	r.items = slices.Grow(r.items[:0], n)[:n]
	if n <= insertionItems {
		gather(r.items, last, fill)
		insertionSort(r.items)
		return
	}
	r.distribute(last, fill)
	r.sortTies()
}

// gather copies the items of a list of chunks.
func gather(to []Item, last *chunk, fill int) {
	for c := last; c != nil; c, fill = c.previous, chunkItems {
		to = to[copy(to, c.items[:fill]):]
	}
}

// distribute is a counting sort by time: a bucket is as many microseconds wide as there are counters. It leaves in starts where
// each microsecond's items end.
func (r *run) distribute(last *chunk, fill int) {
	clear(r.starts[:])
	for c, n := last, fill; c != nil; c, n = c.previous, chunkItems {
		for i := range c.items[:n] {
			r.starts[c.items[i].At%width]++
		}
	}
	sum := uint32(0)
	for i, count := range &r.starts {
		r.starts[i] = sum
		sum += count
	}
	for c, n := last, fill; c != nil; c, n = c.previous, chunkItems {
		for i := range c.items[:n] {
			item := &c.items[i]
			place := &r.starts[item.At%width]
			r.items[*place] = *item
			*place++
		}
	}
}

// sortTies sorts the items of each microsecond by cause.
func (r *run) sortTies() {
	from := uint32(0)
	for _, to := range &r.starts {
		switch n := to - from; {
		case n <= 1:
		case n <= insertionItems:
			insertionSort(r.items[from:to])
		default:
			slices.SortFunc(r.items[from:to], func(a, b Item) int { return cmp.Compare(a.cause(), b.cause()) })
		}
		from = to
	}
}

// insertionSort sorts few items.
func insertionSort(items []Item) {
	for i := 1; i < len(items); i++ {
		if !items[i].Before(&items[i-1]) {
			continue
		}
		item, at := items[i], i
		for ; at > 0 && item.Before(&items[at-1]); at-- {
			items[at] = items[at-1]
		}
		items[at] = item
	}
}

// trim gives back memory that the last buckets have not needed.
func (r *run) trim() {
	rest := len(r.items) - r.head
	if cap(r.items) > max(keepItems, 4*r.peak) {
		r.items, r.head = shrink(r.items[r.head:], r.peak), 0
	}
	r.peak = rest
}
