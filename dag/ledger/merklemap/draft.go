package merklemap

// Draft is a map with changes that are not yet hashed. It is immutable too: Set and Delete return another draft and share
// what they can. The changes lie in a small trie of their own, so an update costs little however large the map is, and Map
// then makes and hashes each new node of the map once, however many updates came before. The zero value is a draft of the
// empty map.
type Draft struct {
	base    Map
	changes node // a trie without hashes, whose leaves have a nil value for what is deleted; nil for no changes
}

// Draft returns a draft of m without changes.
func (m Map) Draft() Draft { return Draft{base: m} }

// Get returns the value of key, changes included. A present value is never nil, though it may be empty.
func (d Draft) Get(key []byte) (value []byte, ok bool) {
	p := pathOf(key)
	if d.changes != nil {
		if l := lookup(d.changes, &p); l.path == p {
			return l.value, l.value != nil
		}
	}
	return d.base.get(&p)
}

// Set returns the draft with key set to value. Like those of a Map, keys and values are held, not copied.
func (d Draft) Set(key, value []byte) Draft {
	if value == nil {
		value = []byte{}
	}
	return d.change(&leaf{path: pathOf(key), key: key, value: value})
}

// Delete returns the draft without key.
func (d Draft) Delete(key []byte) Draft { return d.change(&leaf{path: pathOf(key), key: key}) }

func (d Draft) change(l *leaf) Draft {
	if d.changes == nil {
		return Draft{base: d.base, changes: l}
	}
	place := firstDifference(&lookup(d.changes, &l.path).path, &l.path)
	return Draft{base: d.base, changes: insert(d.changes, l, place)}
}

// Map returns the map with all changes made: the draft's own map if there are none. Its cost is that of the changes, and
// so is that of what Map does when it is called again: a draft remembers nothing.
func (d Draft) Map() Map {
	out := d.base
	out.root = merge(d.base.root, d.changes, &out.size)
	return out
}

// insert returns a trie without hashes with l in it, which differs from the leaf at the end of its way first at bit place;
// noBit replaces that leaf.
func insert(n node, l *leaf, place int) node {
	if in, ok := n.(*inner); ok && int(in.bit) < place {
		if l.path.at(int(in.bit)) == 0 {
			return newInner(int(in.bit), insert(in.child[0], l, place), in.child[1])
		}
		return newInner(int(in.bit), in.child[0], insert(in.child[1], l, place))
	}
	switch {
	case place == noBit:
		return l
	case l.path.at(place) == 0:
		return newInner(place, l, n)
	default:
		return newInner(place, n, l)
	}
}
