package merklemap

import "bytes"

// merge returns n with the changes made, hashed, and adds to size what it grew by. What the changes do not touch, or touch
// to no effect, is n's own. Either may be nil.
func merge(n, changes node, size *extent) node {
	if changes == nil {
		return n
	}
	if n == nil {
		return settle(changes, size)
	}
	bit := firstDifference(&first(n).path, &first(changes).path)
	bit = min(bit, splitBit(n), splitBit(changes))
	if bit == noBit {
		return mergeLeaf(n.(*leaf), changes.(*leaf), size)
	}
	left, right := halves(n, bit)
	changesLeft, changesRight := halves(changes, bit)
	newLeft, newRight := merge(left, changesLeft, size), merge(right, changesRight, size)
	if newLeft == left && newRight == right {
		return n
	}
	return join(bit, newLeft, newRight)
}

// mergeLeaf returns what a change makes of the entry with the same key.
func mergeLeaf(l, change *leaf, size *extent) node {
	switch {
	case change.value == nil:
		size.remove(l)
		return nil
	case bytes.Equal(l.value, change.value):
		return l
	default:
		changed := newLeaf(l.path, l.key, change.value)
		size.remove(l)
		size.add(changed)
		return changed
	}
}

// settle returns the trie of changes as one of entries, where there were none.
func settle(changes node, size *extent) node {
	if in, ok := changes.(*inner); ok {
		return join(int(in.bit), settle(in.child[0], size), settle(in.child[1], size))
	}
	l := changes.(*leaf)
	if l.value == nil {
		return nil
	}
	out := newLeaf(l.path, l.key, l.value)
	size.add(out)
	return out
}

// join returns the node that has left and right at its sides; one alone needs none above it.
func join(bit int, left, right node) node {
	switch {
	case left == nil:
		return right
	case right == nil:
		return left
	default:
		return newHashed(bit, left, right)
	}
}
