package disk

import (
	"encoding/binary"
	"math"
)

// cursor walks the entries of columns in the order of their keys. Gaps are left out.
type cursor struct {
	columns []numbered // that are not walked yet; the first is the current one
	next    int        // number in the current column
	buffer  []ref      // some entries of it, from number first on
	first   int

	ok    bool
	key   [numberedKey]byte
	value ref
}

// newCursor stands at the first entry whose key is not below start.
func newCursor(columns []numbered, start []byte) cursor {
	c := cursor{columns: columns}
	for len(c.columns) > 0 && len(start) > 0 && c.columns[0].prefix < start[0] {
		c.columns = c.columns[1:]
	}
	if len(c.columns) > 0 && len(start) > 0 && c.columns[0].prefix == start[0] {
		c.next = lowestNumber(start[1:])
	}
	c.step()
	return c
}

// lowestNumber returns the lowest number whose eight bytes are not below b.
func lowestNumber(b []byte) int {
	var number [8]byte
	copy(number[:], b)
	n := binary.BigEndian.Uint64(number[:])
	if len(b) > len(number) { // a longer key of the same beginning is above it
		n++
	}
	if n == 0 && len(b) > len(number) { // it wrapped around
		return math.MaxUint32
	}
	return int(min(n, math.MaxUint32))
}

// step moves on by one entry; ok tells whether there was one.
func (c *cursor) step() {
	for c.ok = false; len(c.columns) > 0 && !c.ok; {
		current := &c.columns[0]
		if c.next >= current.column.len() {
			c.columns, c.next, c.buffer = c.columns[1:], 0, c.buffer[:0]
			continue
		}
		if c.next < c.first || c.next >= c.first+len(c.buffer) {
			c.first, c.buffer = current.column.entries(c.next, c.buffer[:0])
		}
		c.value = c.buffer[c.next-c.first]
		c.ok = c.value != 0
		c.key[0] = current.prefix
		binary.BigEndian.PutUint64(c.key[1:], uint64(c.next))
		c.next++
	}
}
