package invariant

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// seenBy is the slow twin of agreement: of all sightings it takes the first of each value, and of these the first two.
func seenBy(all []sighting[int]) (a agreement[int]) {
	sorted := slices.Clone(all)
	slices.SortFunc(sorted, func(x, y sighting[int]) int { return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.node, y.node)) })
	for _, s := range sorted {
		switch {
		case a.seen == 0:
			a.first, a.seen = s, 1
		case a.seen == 1 && s.value != a.first.value:
			a.second, a.seen = s, 2
		}
	}
	return a
}

// drawSightings draws sightings of which no two are of one node at one time, as no node says two things at once.
func drawSightings(t *rapid.T) []sighting[int] {
	return rapid.SliceOfDistinct(rapid.Custom(func(t *rapid.T) sighting[int] {
		return sighting[int]{rapid.IntRange(1, 4).Draw(t, "value"), rapid.Uint64Range(0, 9).Draw(t, "at"), rapid.IntRange(0, 9).Draw(t, "node")}
	}), func(s sighting[int]) [2]uint64 { return [2]uint64{s.at, uint64(s.node)} }).Draw(t, "sightings")
}

func TestAgreementIsTheSameInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawSightings(t)
		var shards [3]agreement[int]
		for _, s := range all {
			shards[rapid.IntRange(0, 2).Draw(t, "shard")].see(s)
		}
		var merged agreement[int]
		for _, n := range []int{1, 2, 0, 1} { // merging one again changes nothing
			merged.merge(&shards[n])
		}
		if want := seenBy(all); merged != want {
			t.Fatalf("%+v, want %+v", merged, want)
		}
	})
}

func TestCoveredSightingsChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a agreement[int]
		for _, s := range drawSightings(t) {
			covered, before := a.covers(&s), a
			a.see(s)
			if covered && a != before {
				t.Fatalf("%+v was said to be covered by %+v", s, before)
			}
		}
	})
}

func TestSequenceKnowsTheLowestBrokenNumber(t *testing.T) {
	var a, b sequence[int]
	for n := range uint64(10) {
		a.see(n+1, sighting[int]{value: int(n), at: n, node: 1})
		b.see(n+1, sighting[int]{value: int(n), at: n, node: 2})
	}
	a.merge(&b)
	if a.broken != 0 {
		t.Fatalf("number %d is said to be broken", a.broken)
	}
	b.see(7, sighting[int]{value: 100, at: 20, node: 3})
	a.merge(&b)
	if a.broken != 7 {
		t.Fatalf("broken is %d, want 7", a.broken)
	}
	a.see(4, sighting[int]{value: 100, at: 30, node: 3})
	if a.broken != 4 {
		t.Fatalf("broken is %d, want 4", a.broken)
	}
	for _, number := range []uint64{0, maxLeap + 11, 1 << 60} {
		if a.see(number, sighting[int]{}) {
			t.Errorf("number %d is taken", number)
		}
	}
}
