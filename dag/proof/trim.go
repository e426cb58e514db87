package proof

import (
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// Trim calls drop with the storage index of each stored hash of the leaves [from, to) that the log can do without. keep says
// whether a leaf in [from, to) of its arguments is to stay provable; it is asked about aligned ranges whose length is a power
// of two, and must say yes for a range if it does for a part of it. See TrimRanges for what stays.
func Trim(from, to uint64, keep func(from, to uint64) bool, drop func(index uint64)) {
	TrimRanges(from, to, keep, func(first, end uint64) {
		for index := first; index < end; index++ {
			drop(index)
		}
	})
}

// TrimRanges is Trim for storage that deletes ranges: drop gets storage indexes [first, end), in rising order and without
// overlap, at most one range for each kept leaf and level of the tree.
//
// A complete subtree without a leaf to keep is left with its own hash only. So these stay possible: to prove inclusion of
// each kept leaf, and of those outside [from, to), in every size from to on; to prove consistency of every such size with a
// size whose last leaf is kept or outside [from, to); and to open and to grow the log. A range may be trimmed again when
// less is to be kept, or as part of a larger one. Above dag.MaxInteger nothing is trimmed.
func TrimRanges(from, to uint64, keep func(from, to uint64) bool, drop func(first, end uint64)) {
	if !inRange(from, to) {
		return
	}
	t := trimming{keep: keep, drop: drop}
	for from < to {
		level := min(bits.Len64(to-from)-1, bits.TrailingZeros64(from))
		t.subtree(level, from>>level)
		from += 1 << level
	}
}

// trimming is one run of TrimRanges.
type trimming struct {
	keep func(from, to uint64) bool
	drop func(first, end uint64)
}

// subtree trims the complete subtree number n, from 0, of its level. Append stores the hashes of a complete subtree one after
// the other and its own as the last of them, so what lies below it is one range.
func (t *trimming) subtree(level int, n uint64) {
	if level == 0 {
		return
	}
	if t.keep(n<<level, (n+1)<<level) {
		t.subtree(level-1, 2*n)
		t.subtree(level-1, 2*n+1)
		return
	}
	t.drop(uint64(tlog.StoredHashIndex(0, int64(n<<level))), uint64(tlog.StoredHashIndex(level, int64(n))))
}
