package merklemap

import "iter"

// Map is an immutable map whose hashes are all known. The zero value is the empty map. Keys and values that go in are held,
// not copied, and what comes out is what is held: callers must not change either.
type Map struct {
	root node
	size extent
}

// Len returns the number of entries.
func (m Map) Len() int { return m.size.entries }

// Size returns the length of all entries in bytes, as the binary form of a part has them.
func (m Map) Size() int { return m.size.bytes }

// Root returns the root hash.
func (m Map) Root() [32]byte {
	if m.root == nil {
		return [32]byte{}
	}
	return m.root.digest()
}

// Get returns the value of key. A present value is never nil, though it may be empty.
func (m Map) Get(key []byte) (value []byte, ok bool) {
	p := pathOf(key)
	return m.get(&p)
}

func (m Map) get(p *path) (value []byte, ok bool) {
	if m.root == nil {
		return nil, false
	}
	l := lookup(m.root, p)
	if l.path != *p {
		return nil, false
	}
	return l.value, true
}

// Set returns the map with key set to value: m itself if it has that value already. For more than one change use a Draft.
func (m Map) Set(key, value []byte) Map { return m.Draft().Set(key, value).Map() }

// Delete returns the map without key: m itself if it is absent.
func (m Map) Delete(key []byte) Map { return m.Draft().Delete(key).Map() }

// All iterates over the entries, by rising SHA-256 of the key.
func (m Map) All() iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		if m.root != nil {
			walk(m.root, func(l *leaf) bool { return yield(l.key, l.value) })
		}
	}
}
