package merklemap

// Diff visits every key whose value differs between two maps, once each, until visit returns false: with its value in
// next, or nil if it is absent there. It skips what the maps share, so its cost is that of the changes between them. The
// sequence of visits is a function of the two contents' structure alone.
func Diff(prev, next Map, visit func(key, value []byte) bool) {
	diff(prev.root, next.root, func(old, new *leaf) bool {
		if new == nil {
			return visit(old.key, nil)
		}
		return visit(new.key, new.value)
	})
}

// diff walks two tries in step. Either side may be nil, and their places in the trie need not agree: each leaf is seen
// once, and two leaves of one path meet, because both sides are split by the bits of the paths themselves.
func diff(a, b node, visit func(old, new *leaf) bool) bool {
	switch {
	case a == b:
		return true
	case a == nil:
		return walk(b, func(l *leaf) bool { return visit(nil, l) })
	case b == nil:
		return walk(a, func(l *leaf) bool { return visit(l, nil) })
	case a.digest() == b.digest():
		return true
	}
	x, y := splitBit(a), splitBit(b)
	if x == noBit && y == noBit {
		return diffLeaves(a.(*leaf), b.(*leaf), visit)
	}
	a0, a1 := halves(a, min(x, y))
	b0, b1 := halves(b, min(x, y))
	return diff(a0, b0, visit) && diff(a1, b1, visit)
}

func diffLeaves(old, new *leaf, visit func(old, new *leaf) bool) bool {
	if old.path == new.path {
		return visit(old, new)
	}
	return visit(old, nil) && visit(nil, new)
}
