package gossip

import (
	"slices"
	"testing"
)

// Each of 10 elements is among 3 chosen in 3 of 10 cases, and stays in the slice otherwise.
func TestChooseIsFair(t *testing.T) {
	const trials = 20_000
	var chosen [10]int
	d := draws(1)
	for range trials {
		all := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
		choose(all, 3, &d)
		for _, element := range all[:3] {
			chosen[element]++
		}
		slices.Sort(all)
		if !slices.Equal(all, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) {
			t.Fatalf("elements are lost: %v", all)
		}
	}
	for element, n := range chosen {
		if n < trials*28/100 || n > trials*32/100 {
			t.Errorf("element %d was chosen %d times of %d", element, n, trials)
		}
	}
}

func TestDrawsRepeat(t *testing.T) {
	a, b := draws(7), draws(7)
	for range 100 {
		if x, y := a.below(1000), b.below(1000); x != y || x < 0 || x >= 1000 {
			t.Fatalf("draws %d and %d from the same bits", x, y)
		}
	}
}
