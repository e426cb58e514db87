package scenario

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

func TestSelectorNamesNodes(t *testing.T) {
	cases := []struct {
		selector Selector
		want     []int // of 10 nodes with a committee of 4
	}{
		{"all", []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
		{"committee", []int{0, 1, 2, 3}},
		{"gateways", []int{4, 5, 6, 7, 8, 9}},
		{"3", []int{3}},
		{"7, 0-2", []int{0, 1, 2, 7}},
		{"committee:1-2", []int{1, 2}},
		{"gateways:0-1,5", []int{4, 5}},
		{"gateways:6", []int{4, 5, 6, 7, 8, 9}},
		{"all:100%", []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
	}
	for _, c := range cases {
		got, err := c.selector.Select(10, 4, nil)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q: %v, %v, want %v", c.selector, got, err, c.want)
		}
	}
}

func TestSelectorDraws(t *testing.T) {
	for selector, want := range map[Selector]int{"gateways:5": 5, "committee:30%": 2, "all:5%": 5, "all:0.5%": 1, "gateways:50%": 47} {
		got, err := selector.Select(100, 7, seeded(1))
		if err != nil || len(got) != want {
			t.Errorf("%q draws %v, %v, want %d nodes", selector, got, err, want)
		}
	}
}

func TestSelectorRefuses(t *testing.T) {
	cases := map[Selector]string{
		"":                "names no node: write",
		"everyone":        `"everyone" is no selector: write "all"`,
		"10":              `"10" names node 10, but the last one is 9`,
		"2-1":             "write the lower number first",
		"1-2-3":           "want a number such as 3 or a range",
		"-":               "want a number such as 3 or a range",
		"1,":              `"" is no selector`,
		"3:2":             `"3:2" is no selector`,
		"50%":             `"50%" is no selector`,
		"gateways:7":      `"gateways:7": want how many nodes, 1 to 6`,
		"gateways:0":      "want how many nodes, 1 to 6",
		"gateways:0-6":    "names node 6, but the last one is 5",
		"gateways:x":      "want how many nodes",
		"committee:1%":    "names no node: that share of 4 nodes is less than half a node",
		"committee:101%":  "want a share above 0% and up to 100%",
		"committee:NaN%":  "want a share",
		"all:-1":          "want a number such as 3 or a range",
		"all:99999999999": "want how many nodes, 1 to 10",
		Selector(strings.Repeat("1,", maxSelector)): "characters: at most",
	}
	for selector, want := range cases {
		if got, err := selector.Select(10, 4, seeded(1)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, %v, want an error with %q", selector, got, err, want)
		}
	}
	if _, err := Selector("gateways").Select(4, 4, nil); err == nil {
		t.Error("gateways of a network that has none")
	}
	if _, err := Selector("gateways:1").Select(10, 4, nil); err == nil {
		t.Error("nodes are drawn without randomness")
	}
}

// TestSelectorIsFair draws often: each node must come about as often as any other, and each pair.
func TestSelectorIsFair(t *testing.T) {
	const runs = 30_000
	random, times, pairs := seeded(7), make([]int, 6), map[[2]int]int{}
	for range runs {
		got, err := Selector("all:2").Select(6, 3, random)
		if err != nil || len(got) != 2 {
			t.Fatal(got, err)
		}
		times[got[0]]++
		times[got[1]]++
		pairs[[2]int{got[0], got[1]}]++
	}
	for node, n := range times { // expected 10,000, standard deviation 82
		if n < runs/3-500 || n > runs/3+500 {
			t.Errorf("node %d came %d times of %d", node, n, runs)
		}
	}
	for pair, n := range pairs { // expected 2,000, standard deviation 43
		if n < runs/15-260 || n > runs/15+260 || len(pairs) != 15 {
			t.Errorf("pair %v of %d came %d times", pair, len(pairs), n)
		}
	}
}

// TestSelectorAgreesWithItsParts compares Select with what the checks reckon from parts.
func TestSelectorAgreesWithItsParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.IntRange(1, 30).Draw(t, "total")
		committee := rapid.IntRange(1, total).Draw(t, "committee")
		selector := Selector(strings.Join(rapid.SliceOfN(rapid.StringMatching(`(all|committee|gateways)?(:?[0-9]{1,2}(-[0-9]{1,2}|%)?)?`), 1, 3).Draw(t, "parts"), ","))
		got, err := selector.Select(total, committee, seeded(rapid.Uint64().Draw(t, "seed")))
		parts, partsErr := selector.parts(total, committee)
		if (err == nil) != (partsErr == nil) {
			t.Fatalf("%q: %v, but %v", selector, err, partsErr)
		}
		if err != nil {
			return
		}
		s := &Scenario{Network: Network{Nodes: total, Committee: committee}}
		switch {
		case len(got) == 0 || !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) || got[0] < 0 || got[len(got)-1] >= total:
			t.Fatalf("%q of %d nodes: %v", selector, total, got)
		case len(got) > s.count(selector):
			t.Fatalf("%q: %v are more than %d", selector, got, s.count(selector))
		case covers(parts, total) && len(got) != total:
			t.Fatalf("%q covers all of %d nodes, but names %v", selector, total, got)
		}
	})
}
