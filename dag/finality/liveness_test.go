package finality_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestFaultyThirdStopsNobody puts just under a third of adversaries of each kind, and of all kinds mixed, into committees:
// every honest payload must be ordered, by everybody alike, and then all must fall silent.
func TestFaultyThirdStopsNobody(t *testing.T) {
	kinds := append(slices.Sorted(maps.Keys(adversaries)), "mixed")
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			var all []uint64
			start := rand.Uint64() >> 20
			for seed := start; seed < start+uint64(soak(4, 500)); seed++ {
				all = append(all, runFaulty(t, seed, kind)...)
			}
			slices.Sort(all)
			t.Logf("from seed %d on: finality median %d ms, 99th percentile %d ms, worst %d ms",
				start, all[len(all)/2], all[len(all)*99/100], all[len(all)-1])
		})
	}
}

func runFaulty(t *testing.T, seed uint64, kind string) []uint64 {
	random := rand.New(rand.NewPCG(seed, 3))
	weights := make([]uint64, []int{4, 7, 10}[random.IntN(3)])
	var total, faulty uint64
	for m := range weights {
		weights[m] = 1 + random.Uint64N(3)
		total += weights[m]
	}
	n := newNet(t, seed, 50, 150, weights...)
	names := slices.Sorted(maps.Keys(adversaries))
	for _, m := range random.Perm(len(weights)) {
		if 3*(faulty+weights[m]) >= total {
			continue
		}
		faulty += weights[m]
		name := kind
		if kind == "mixed" {
			name = names[random.IntN(len(names))]
		}
		n.nodes[m].foe = adversaries[name]()
	}
	n.payloads(40, 100)
	if !n.run(n.now + 300_000) {
		t.Fatalf("seed %d, %s: still busy after five minutes", seed, kind)
	}
	defer func() {
		if t.Failed() {
			t.Logf("seed %d, %s", seed, kind)
		}
	}()
	return n.check()
}
