package proof

import (
	"fmt"
	"math/bits"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// sparse is a Store with gaps.
type sparse map[uint64]Hash

func (s sparse) Hash(index uint64) (Hash, error) {
	h, ok := s[index]
	if !ok {
		return Hash{}, fmt.Errorf("hash %d is gone", index)
	}
	return h, nil
}

// keeping says yes to ranges with one of the leaves.
func keeping(leaves []uint64) func(from, to uint64) bool {
	return func(from, to uint64) bool {
		return slices.ContainsFunc(leaves, func(l uint64) bool { return from <= l && l < to })
	}
}

// TestTrimKeepsWhatProofsNeed trims part of a log, perhaps twice, lets it grow, and asks for every proof that was promised,
// of the log as it would be without trimming.
func TestTrimKeepsWhatProofsNeed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		to := rapid.Uint64Range(1, 70).Draw(t, "to")
		from := rapid.Uint64Range(0, to).Draw(t, "from")
		end := to + rapid.Uint64Range(0, 70).Draw(t, "growth")
		kept := rapid.SliceOfNDistinct(rapid.Uint64Range(0, to-1), 0, 4, rapid.ID).Draw(t, "kept")
		stored := to + rapid.Uint64Range(0, end-to).Draw(t, "stored when trimmed")

		var whole history
		thin := sparse{}
		grow := func(size uint64) {
			for n := whole.log.Size(); n < size; n++ {
				added, err := whole.log.Append(numbered(n))
				if err != nil || whole.store.Put(added) != nil {
					t.Fatal(err)
				}
				whole.leaves = append(whole.leaves, numbered(n))
				for i, hash := range added.Hashes {
					thin[added.First+uint64(i)] = hash
				}
			}
		}
		grow(stored)
		drop := func(index uint64) { delete(thin, index) }
		if early := rapid.Uint64Range(from, to).Draw(t, "first to"); rapid.Bool().Draw(t, "twice") {
			Trim(from, early, keeping(kept), drop)
		}
		Trim(from, to, keeping(kept), drop)
		grow(end)
		remains := func(leaf uint64) bool { return leaf < from || leaf >= to || slices.Contains(kept, leaf) }
		for size := to; size <= end; size++ {
			head := TreeHead{Size: size, Root: slowRoot(whole.leaves[:size])}
			log, err := OpenLog(size, thin)
			if err != nil {
				t.Fatal(err)
			}
			if opened, err := log.Head(); err != nil || opened != head {
				t.Fatalf("opened as %v, %v", opened, err)
			}
			for leaf := range size {
				if !remains(leaf) {
					continue
				}
				path, err := ProveInclusion(thin, size, leaf)
				if err != nil || CheckInclusion(head, leaf, whole.leaves[leaf], path) != nil {
					t.Fatalf("leaf %d in size %d: %v", leaf, size, err)
				}
				old := TreeHead{Size: leaf + 1, Root: slowRoot(whole.leaves[:leaf+1])}
				path, err = ProveConsistency(thin, leaf+1, size)
				if err != nil || CheckConsistency(old, head, path) != nil {
					t.Fatalf("consistency of %d with %d: %v", leaf+1, size, err)
				}
			}
		}
	})
}

// TestTrimLeavesLittle counts what stays of a range: for each kept leaf a way up with its siblings, and the two edges of the
// range.
func TestTrimLeavesLittle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.Uint64Range(0, 3000).Draw(t, "from")
		to := from + rapid.Uint64Range(0, 3000).Draw(t, "leaves")
		kept := rapid.SliceOfNDistinct(rapid.Uint64Range(0, 6000), 0, 5, rapid.ID).Draw(t, "kept")
		gone := map[uint64]bool{}
		ranges := 0
		next := uint64(0)
		TrimRanges(from, to, keeping(kept), func(first, end uint64) {
			ranges++
			if first < next || first >= end {
				t.Fatalf("range %d to %d after %d", first, end, next)
			}
			next = end
			for i := first; i < end; i++ {
				gone[i] = true
			}
		})
		left := 0
		for i := range StoredCount(to) {
			level, n := tlog.SplitStoredHashIndex(int64(i))
			inside := uint64(n)<<level >= from && uint64(n+1)<<level <= to
			if gone[i] && !inside {
				t.Fatalf("dropped %d, level %d of leaf %d", i, level, n<<level)
			}
			if inside && !gone[i] {
				left++
			}
		}
		levels := bits.Len64(to - from)
		if bound := (2*len(kept) + 2) * levels; left > bound || ranges > bound {
			t.Fatalf("%d hashes and %d ranges for %d leaves of %d, want at most %d", left, ranges, len(kept), to-from, bound)
		}
	})
}

func TestTrimOutOfRange(t *testing.T) {
	for _, r := range [][2]uint64{{0, 1 << 60}, {1 << 60, 1 << 61}, {9, 3}, {5, 5}} {
		Trim(r[0], r[1], keeping(nil), func(index uint64) { t.Fatalf("%v drops %d", r, index) })
	}
}
