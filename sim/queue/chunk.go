package queue

// chunkItems makes a chunk just fit the allocator's class of 1024 bytes.
const chunkItems = 31

// chunk holds items of one bucket in no order. Buckets are lists of chunks, so that a bucket's memory serves the next one.
type chunk struct {
	previous *chunk
	items    [chunkItems]Item
}

// pool keeps chunks that no bucket uses at the moment.
type pool struct {
	free        *chunk // a list by previous
	used, spare int    // chunks in buckets, chunks in free
	peak        int    // most used since the last trim
	before      int    // the peak before that
}

// take returns a chunk whose items are rubbish.
func (p *pool) take(previous *chunk) *chunk {
	p.used++
	p.peak = max(p.peak, p.used)
	c := p.free
	if c == nil {
		return &chunk{previous: previous}
	}
	p.free = c.previous
	p.spare--
	c.previous = previous
	return c
}

// give takes a chunk back.
func (p *pool) give(c *chunk) {
	c.previous = p.free
	p.free = c
	p.used--
	p.spare++
}

// trim lets the collector have the chunks that were needed neither since the last trim nor between that and the one before:
// a load that comes and goes within a turn of the wheel allocates nothing.
func (p *pool) trim() {
	for p.spare > 0 && p.used+p.spare > max(p.peak, p.before) {
		p.free = p.free.previous
		p.spare--
	}
	p.before, p.peak = p.peak, p.used
}

// keepItems is the capacity below which arrays are left as they are.
const keepItems = 1024

// shrink returns items in an array of twice the peak if theirs is more than four times as large as the peak.
func shrink(items []Item, peak int) []Item {
	if cap(items) <= max(keepItems, 4*peak) {
		return items
	}
	return append(make([]Item, 0, 2*peak), items...)
}
