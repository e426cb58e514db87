package queue

import "math/bits"

const (
	widthBits = 9 // of a bucket's width in µs: chosen by BenchmarkQueue
	width     = 1 << widthBits
	slots     = 64 * 64 // buckets on the wheel, so that two levels of 64-bit words say which have items
)

// slot is the items of one bucket in no order.
type slot struct {
	last  *chunk // the one that is being filled
	n     uint32
	first uint16 // of the earliest item, µs since the bucket's start
	fill  uint16 // of last
}

// wheel is the buckets from number `edge` on, `slots` many; a bucket's number is its time divided by width.
type wheel struct {
	edge    uint64
	slots   [slots]slot
	full    [64]uint64 // a bit for every slot with items
	summary uint64     // a bit for every word of full that is not 0
	pool    pool
}

// bucketOf returns the number of the bucket of a time.
func bucketOf(at uint64) uint64 { return at >> widthBits }

// covers reports whether a bucket is on the wheel.
func (w *wheel) covers(bucket uint64) bool { return bucket-w.edge < slots }

// add puts an item into its bucket, which is on the wheel.
func (w *wheel) add(item Item) {
	position := bucketOf(item.At) % slots
	s := &w.slots[position]
	offset := uint16(item.At % width)
	if s.n == 0 {
		w.full[position/64] |= 1 << (position % 64)
		w.summary |= 1 << (position / 64)
		s.first = offset
	}
	if s.last == nil || s.fill == chunkItems {
		s.last, s.fill = w.pool.take(s.last), 0
	}
	s.last.items[s.fill] = item
	s.fill++
	s.n++
	s.first = min(s.first, offset)
}

// next returns the first bucket with items and the time of its earliest item.
func (w *wheel) next() (bucket, at uint64, ok bool) {
	if w.summary == 0 {
		return 0, 0, false
	}
	from := w.edge % slots
	position := w.search(from)
	bucket = w.edge + (position-from)%slots
	return bucket, bucket<<widthBits + uint64(w.slots[position].first), true
}

// search returns the position of the first slot with items at or, cyclically, after from. There is one.
func (w *wheel) search(from uint64) uint64 {
	word := from / 64
	if rest := w.full[word] >> (from % 64); rest != 0 {
		return from + uint64(bits.TrailingZeros64(rest))
	}
	// The words after this one come first, then those from the beginning on, and this one's lower bits last.
	after := word + 1
	word = (after + uint64(bits.TrailingZeros64(bits.RotateLeft64(w.summary, -int(after))))) % 64
	return word*64 + uint64(bits.TrailingZeros64(w.full[word]))
}

// open moves the items of a bucket on the wheel, the first that has any, into the run, and the edge behind it.
func (w *wheel) open(bucket uint64, r *run) {
	position := bucket % slots
	s := &w.slots[position]
	r.load(s.last, int(s.fill), int(s.n))
	for c := s.last; c != nil; {
		previous := c.previous
		w.pool.give(c)
		c = previous
	}
	*s = slot{}
	w.full[position/64] &^= 1 << (position % 64)
	if w.full[position/64] == 0 {
		w.summary &^= 1 << (position / 64)
	}
	w.edge = bucket + 1
}
