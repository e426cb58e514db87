package merklemap

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
)

// Build returns the map of many entries, in any order, much faster than setting them one by one. Keys and values are
// copied. A key that comes twice is an error.
func Build(entries iter.Seq2[[]byte, []byte]) (Map, error) {
	var leaves []*leaf
	for key, value := range entries {
		leaves = append(leaves, newLeaf(pathOf(key), cloned(key), cloned(value)))
	}
	slices.SortFunc(leaves, func(a, b *leaf) int { return bytes.Compare(a.path[:], b.path[:]) })
	for i := 1; i < len(leaves); i++ {
		if leaves[i-1].path == leaves[i].path {
			return Map{}, fmt.Errorf("build map: key %x comes twice", leaves[i].key)
		}
	}
	if len(leaves) == 0 {
		return Map{}, nil
	}
	out := Map{root: assemble(leaves)}
	for _, l := range leaves {
		out.size.add(l)
	}
	return out, nil
}

// cloned copies b and is never nil.
func cloned(b []byte) []byte { return append(make([]byte, 0, len(b)), b...) }

// assemble returns the trie over leaves in rising order. What the first and the last agree on, all agree on.
func assemble(leaves []*leaf) node {
	if len(leaves) == 1 {
		return leaves[0]
	}
	bit := firstDifference(&leaves[0].path, &leaves[len(leaves)-1].path)
	split, _ := slices.BinarySearchFunc(leaves, 1, func(l *leaf, side int) int { return l.path.at(bit) - side })
	return newHashed(bit, assemble(leaves[:split]), assemble(leaves[split:]))
}
