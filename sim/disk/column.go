package disk

import (
	"encoding/binary"
	"slices"
)

// run is how many entries of a column are packed together.
const run = 64

// column is a row of refs numbered from 0, of which 0 stands for a gap. Nodes write much the same in much the same order, so
// refs that follow each other are close in number: all but the newest are packed in runs, each the first ref and then the
// differences, as zigzag varints.
type column struct {
	packed []byte
	starts []uint32 // where each run begins in packed
	tail   []ref    // behind the last run
}

func (c *column) len() int { return len(c.starts)*run + len(c.tail) }

// get returns entry n, which is below len.
func (c *column) get(n int) ref {
	if first := len(c.starts) * run; n >= first {
		return c.tail[n-first]
	}
	return c.unpack(n/run, n%run+1, nil)
}

// unpack decodes the first count entries of a run, hands each to take if that is not nil, and returns the last.
func (c *column) unpack(number, count int, take func(ref)) ref {
	b, value := c.packed[c.starts[number]:], int64(0)
	for range count {
		difference, n := binary.Varint(b)
		b, value = b[n:], value+difference
		if take != nil {
			take(ref(value))
		}
	}
	return ref(value)
}

// entries appends the run that holds entry n, or the tail, to buffer. The result begins with entry first.
func (c *column) entries(n int, buffer []ref) (first int, out []ref) {
	if n/run >= len(c.starts) {
		return len(c.starts) * run, append(buffer, c.tail...)
	}
	c.unpack(n/run, run, func(r ref) { buffer = append(buffer, r) })
	return n - n%run, buffer
}

// append adds an entry at the end. What is a run or more away from the end is packed: young entries are those that a crash
// takes back.
func (c *column) append(r ref) {
	c.tail = append(c.tail, r)
	if len(c.tail) < 2*run {
		return
	}
	whole := (len(c.tail) - run) / run * run
	for first := 0; first < whole; first += run {
		c.pack(c.tail[first : first+run])
	}
	c.tail = append(c.tail[:0], c.tail[whole:]...)
	if cap(c.tail) > 4*run { // it was reopened
		c.tail = slices.Clone(c.tail)
	}
}

func (c *column) pack(entries []ref) {
	c.starts = append(c.starts, uint32(len(c.packed)))
	before := int64(0)
	for _, r := range entries {
		c.packed = binary.AppendVarint(c.packed, int64(r)-before)
		before = int64(r)
	}
}

// swap replaces entry n, which is below len, and returns what was there. Gaps at the end are cut off.
func (c *column) swap(n int, r ref) ref {
	if n < len(c.starts)*run {
		c.reopen(n / run)
	}
	at := &c.tail[n-len(c.starts)*run]
	old := *at
	*at = r
	c.trim()
	return old
}

// reopen unpacks all runs from a number on into the tail.
func (c *column) reopen(number int) {
	tail := make([]ref, 0, c.len()-number*run)
	for i := number; i < len(c.starts); i++ {
		c.unpack(i, run, func(r ref) { tail = append(tail, r) })
	}
	c.tail = append(tail, c.tail...)
	c.packed, c.starts = c.packed[:c.starts[number]], c.starts[:number]
}

// trim cuts gaps off the end.
func (c *column) trim() {
	for c.len() > 0 {
		if len(c.tail) == 0 {
			c.reopen(len(c.starts) - 1)
		}
		last := len(c.tail) - 1
		if c.tail[last] != 0 {
			return
		}
		c.tail = c.tail[:last]
	}
}

// clone returns an independent copy.
func (c *column) clone() column {
	return column{packed: slices.Clone(c.packed), starts: slices.Clone(c.starts), tail: slices.Clone(c.tail)}
}
