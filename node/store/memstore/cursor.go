package memstore

import (
	"strings"

	"github.com/RaduBerinde/btreemap"
)

// chunk is how many entries a cursor fetches at once.
const chunk = 32

// cursor walks the entries of a tree that have a prefix. Trees only offer a loop over a callback; two of them are merged by
// fetching a few entries at a time.
type cursor struct {
	tree   *tree
	prefix string
	buffer []entry
	next   int
	last   bool // the buffer holds the last entries

	ok    bool
	key   string
	value []byte
}

type entry struct {
	key   string
	value []byte
}

// seek moves to the first entry at or above start.
func (c *cursor) seek(start string) {
	c.fill(btreemap.GE(start))
	c.step()
}

// step moves on by one entry; ok tells whether there was one.
func (c *cursor) step() {
	if c.next == len(c.buffer) && !c.last {
		c.fill(btreemap.GT(c.buffer[len(c.buffer)-1].key))
	}
	if c.ok = c.next < len(c.buffer); c.ok {
		c.key, c.value = c.buffer[c.next].key, c.buffer[c.next].value
		c.next++
	}
}

func (c *cursor) fill(start btreemap.LowerBound[string]) {
	c.buffer, c.next, c.last = c.buffer[:0], 0, true
	for key, value := range c.tree.Ascend(start, btreemap.Max[string]()) {
		if !strings.HasPrefix(key, c.prefix) {
			return
		}
		if len(c.buffer) == chunk {
			c.last = false
			return
		}
		c.buffer = append(c.buffer, entry{key, value})
	}
}
