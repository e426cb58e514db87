package merklemap

import (
	"bytes"
	"iter"
)

// Map is an immutable map. The zero value is the empty map. Keys and values that go in are held, not copied, and what
// comes out is what is held: callers must not change either.
type Map struct {
	root node
	size int
}

// Len returns the number of entries.
func (m Map) Len() int { return m.size }

// Get returns the value of key. A present value is never nil, though it may be empty.
func (m Map) Get(key []byte) (value []byte, ok bool) {
	if m.root == nil {
		return nil, false
	}
	p := pathOf(key)
	l := lookup(m.root, &p)
	if l.path != p {
		return nil, false
	}
	return l.value, true
}

// Set returns the map with key set to value: m itself if it has that value already.
func (m Map) Set(key, value []byte) Map {
	if value == nil {
		value = []byte{}
	}
	p := pathOf(key)
	if m.root == nil {
		return Map{root: newLeaf(p, key, value), size: 1}
	}
	old := lookup(m.root, &p)
	d := firstDifference(&old.path, &p)
	switch {
	case d != noBit:
		return Map{root: insert(m.root, newLeaf(p, key, value), d), size: m.size + 1}
	case bytes.Equal(old.value, value):
		return m
	default:
		return Map{root: insert(m.root, newLeaf(p, old.key, value), d), size: m.size}
	}
}

// Delete returns the map without key: m itself if it is absent.
func (m Map) Delete(key []byte) Map {
	if m.root == nil {
		return m
	}
	p := pathOf(key)
	if lookup(m.root, &p).path != p {
		return m
	}
	return Map{root: remove(m.root, &p), size: m.size - 1}
}

// Root returns the root hash. On a map that is not sealed it hashes what changed since, each time anew.
func (m Map) Root() [32]byte {
	if m.root == nil {
		return [32]byte{}
	}
	return m.root.digest()
}

// Seal returns an equal map whose hashes are all known. It costs one hash for each inner node made since the map was last
// sealed.
func (m Map) Seal() Map {
	if m.root == nil {
		return m
	}
	return Map{root: m.root.sealed(), size: m.size}
}

// All iterates over the entries, by rising SHA-256 of the key.
func (m Map) All() iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		if m.root != nil {
			walk(m.root, func(l *leaf) bool { return yield(l.key, l.value) })
		}
	}
}

// walk visits the leaves below n from left to right until visit returns false, which it then returns too.
func walk(n node, visit func(*leaf) bool) bool {
	if in, ok := n.(*inner); ok {
		return walk(in.child[0], visit) && walk(in.child[1], visit)
	}
	return visit(n.(*leaf))
}
