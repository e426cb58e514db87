package gossip

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// slowWindows is the history of mcache.go: a list for each heartbeat, the youngest first.
type slowWindows [][]int

func (w slowWindows) last(n int) (all []int) {
	for i := n - 1; i >= 0; i-- {
		all = append(all, w[i]...)
	}
	return all
}

func TestWindowsAreListsForEachHeartbeat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.IntRange(1, 6).Draw(t, "length")
		fast := windows[int]{counts: make([]uint32, length)}
		slow := make(slowWindows, length)
		t.Repeat(map[string]func(*rapid.T){
			"push": func(t *rapid.T) {
				entry := rapid.IntRange(0, 9).Draw(t, "entry")
				fast.push(entry)
				slow[0] = append(slow[0], entry)
			},
			"shift": func(*rapid.T) {
				fast.shift()
				copy(slow[1:], slow)
				slow[0] = nil
			},
			"remove": func(t *rapid.T) {
				gone := rapid.IntRange(0, 9).Draw(t, "gone")
				is := func(entry int) bool { return entry == gone }
				fast.remove(is)
				for i := range slow {
					slow[i] = slices.DeleteFunc(slices.Clone(slow[i]), is)
				}
			},
			"": func(t *rapid.T) {
				for n := range length + 1 {
					if got, want := fast.last(n), slow.last(n); !slices.Equal(got, want) {
						t.Fatalf("the last %d windows have %v, want %v", n, got, want)
					}
				}
				for entry := range 10 {
					n := 0
					for _, e := range slow.last(length) {
						if e == entry {
							n++
						}
					}
					if fast.count(entry) != n || fast.has(entry) != (n > 0) {
						t.Fatalf("entry %d is there %d times, want %d", entry, fast.count(entry), n)
					}
				}
			},
		})
	})
}
