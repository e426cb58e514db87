package dag_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

// Whatever the order in which the keys of a bucket are looked for, and whichever are missing, each one's own head is found.
func TestHeadsAreFoundInAnyOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		random := seeded(rapid.Uint64().Draw(rt, "seed"))
		keys := random.Perm(rapid.IntRange(0, 60).Draw(rt, "keys"))
		request, want := &dag.Missing{}, map[int]uint64{}
		for _, n := range byBucket(keys) {
			if random.IntN(4) > 0 {
				key := spread(n)
				request.Heads = append(request.Heads, dag.Head{Key: key[:], Seq: uint64(n) + 1})
				want[n] = uint64(n) + 1
			}
		}
		for range min(rapid.IntRange(0, 10).Draw(rt, "swaps"), len(keys)) {
			i, j := random.IntN(len(keys)), random.IntN(len(keys))
			keys[i], keys[j] = keys[j], keys[i]
		}
		keys = byBucket(keys)
		for n, seq := range dag.FindHeads(request, keys, spread) {
			if seq != want[keys[n]] {
				rt.Fatalf("key %d: found seq %d, want %d", keys[n], seq, want[keys[n]])
			}
		}
	})
}

// spread returns keys of four buckets.
func spread(n int) dag.Key { return keyNumber(16 * n) }

func byBucket(keys []int) []int {
	keys = slices.Clone(keys)
	slices.SortStableFunc(keys, func(a, b int) int { return a%4 - b%4 })
	return keys
}
