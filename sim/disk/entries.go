package disk

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/RaduBerinde/btreemap"
)

// entries are what a disk holds: which value stands at which key.
type entries struct {
	columns []numbered // by rising prefix
	tree    *tree      // of all keys that are in no column; nil while there are none
	strays  int        // how many keys of the tree could get into a column
}

// numbered is the column of the keys with one prefix byte.
type numbered struct {
	prefix byte
	column column
}

// slot is a key in small: a prefix byte and a number, or the key in the pool.
type slot struct {
	key    ref // 0 for a numbered key
	number uint32
	prefix byte
}

// numberedKey is how long a key of prefix and number is, in bytes.
const numberedKey = 1 + 8

// numberedSlot returns the slot of a key that a column may hold.
func numberedSlot(key []byte) (slot, bool) {
	if len(key) != numberedKey {
		return slot{}, false
	}
	n := binary.BigEndian.Uint64(key[1:])
	return slot{prefix: key[0], number: uint32(n)}, n < math.MaxUint32
}

// appendKey appends the key's bytes.
func (s slot) appendKey(p *Pool, b []byte) []byte {
	if s.key != 0 {
		return append(b, p.data(s.key)...)
	}
	return binary.BigEndian.AppendUint64(append(b, s.prefix), uint64(s.number))
}

// column returns the column of a prefix, or nil.
func (e *entries) column(prefix byte) *column {
	for i := range e.columns {
		if e.columns[i].prefix == prefix {
			return &e.columns[i].column
		}
	}
	return nil
}

// addColumn makes the column of a prefix.
func (e *entries) addColumn(prefix byte) *column {
	at := 0
	for at < len(e.columns) && e.columns[at].prefix < prefix {
		at++
	}
	e.columns = slices.Insert(e.columns, at, numbered{prefix: prefix})
	return &e.columns[at].column
}

// get returns the value at a key, or 0.
func (e *entries) get(p *Pool, key []byte) ref {
	if s, ok := numberedSlot(key); ok {
		if c := e.column(s.prefix); c != nil && int(s.number) < c.len() {
			return c.get(int(s.number))
		}
		if e.strays == 0 {
			return 0
		}
	}
	return e.lookUp(p.find(key))
}

func (e *entries) lookUp(key ref) ref {
	if key == 0 || e.tree == nil {
		return 0
	}
	_, value, _ := e.tree.Get(key)
	return value
}

// swap puts a value at a slot, 0 for none, and returns what was there. The count of the value's users goes with it.
func (e *entries) swap(p *Pool, s slot, value ref) ref {
	if s.key != 0 {
		return e.swapInTree(p, s.key, value)
	}
	c := e.column(s.prefix)
	if c == nil && s.number == 0 && value != 0 {
		c = e.addColumn(s.prefix)
	}
	switch {
	case c != nil && int(s.number) < c.len():
		return c.swap(int(s.number), value)
	case c != nil && int(s.number) == c.len() && value != 0:
		old := e.swapStray(p, s, 0)
		c.append(value)
		return old
	}
	return e.swapStray(p, s, value)
}

// swapStray is swap for a numbered key that is beyond the end of its column.
func (e *entries) swapStray(p *Pool, s slot, value ref) ref {
	if value == 0 && e.strays == 0 {
		return 0
	}
	var buffer [numberedKey]byte
	key := p.intern(s.appendKey(p, buffer[:0]))
	old := e.swapInTree(p, key, value)
	p.release(key)
	switch {
	case old == 0 && value != 0:
		e.strays++
	case old != 0 && value == 0:
		e.strays--
	}
	return old
}

// swapInTree is swap for a key of the tree, which counts as one of the key's users.
func (e *entries) swapInTree(p *Pool, key, value ref) ref {
	if e.tree == nil {
		if value == 0 {
			return 0
		}
		e.tree = p.trees.make()
	}
	if value == 0 {
		held, old, found := e.tree.Delete(key)
		if found {
			p.release(held)
		}
		return old
	}
	_, old, replaced := e.tree.ReplaceOrInsert(key, value)
	if !replaced {
		p.hold(key)
	}
	return old
}

// clone returns a copy. It counts no users; see holdAll.
func (e *entries) clone() entries {
	out := entries{columns: slices.Clone(e.columns), strays: e.strays}
	for i := range out.columns {
		out.columns[i].column = e.columns[i].column.clone()
	}
	if e.tree != nil {
		out.tree = e.tree.Clone()
	}
	return out
}

// each visits all refs, of keys in the tree and of values.
func (e *entries) each(visit func(ref)) {
	var buffer []ref
	for i := range e.columns {
		c := &e.columns[i].column
		for n := 0; n < c.len(); {
			var first int
			first, buffer = c.entries(n, buffer[:0])
			for _, r := range buffer {
				visit(r)
			}
			n = first + len(buffer)
		}
	}
	if e.tree != nil {
		for key, value := range e.tree.Ascend(btreemap.Min[ref](), btreemap.Max[ref]()) {
			visit(key)
			visit(value)
		}
	}
}
