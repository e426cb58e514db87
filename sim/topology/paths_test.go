package topology

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// allPairs is the slow twin of Measure: R. Floyd, Algorithm 97: shortest path, 1962.
func allPairs(g Graph) Paths {
	n := len(g)
	far := make([][]int, n)
	for a := range far {
		far[a] = make([]int, n)
		for b := range far[a] {
			switch {
			case a == b:
			case g.Has(uint32(a), uint32(b)):
				far[a][b] = 1
			default:
				far[a][b] = n
			}
		}
	}
	for over := range n {
		for a := range n {
			for b := range n {
				far[a][b] = min(far[a][b], far[a][over]+far[over][b])
			}
		}
	}
	p, sum := Paths{Sources: n}, 0
	for a := range n {
		for b := range n {
			sum += far[a][b]
			p.Diameter = max(p.Diameter, far[a][b])
		}
	}
	p.Average = float64(sum) / float64(n*(n-1))
	return p
}

func TestMeasureOfAllIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(3, 40).Draw(t, "nodes")
		g, err := SmallWorld(n, 2, rapid.Float64Range(0, 1).Draw(t, "rewire"), random(rapid.Uint64().Draw(t, "seed")))
		if err != nil {
			t.Fatal(err)
		}
		got, want := Measure(g, n, nil), allPairs(g)
		if got.Diameter != want.Diameter || got.Sources != n || math.Abs(got.Average-want.Average) > 1e-9 {
			t.Fatalf("measured %+v, want %+v", got, want)
		}
		some := Measure(g, 2, random(1))
		if some.Diameter > want.Diameter || some.Diameter < (want.Diameter+1)/2 {
			t.Fatalf("diameter %d from two sources, the true one is %d", some.Diameter, want.Diameter)
		}
	})
}

func TestMeasureEstimatesLargeGraphs(t *testing.T) {
	const n = 1500
	g, err := RandomRegular(n, 8, random(2))
	if err != nil {
		t.Fatal(err)
	}
	exact, some := Measure(g, n, nil), Measure(g, 20, random(3))
	if math.Abs(some.Average/exact.Average-1) > 0.01 || exact.Diameter-some.Diameter > 1 || some.Sources != 20 {
		t.Errorf("estimated %+v, exactly %+v", some, exact)
	}
	// In random regular graphs paths have about log n / log(degree-1) hops.
	if hops := math.Log(n) / math.Log(7); math.Abs(exact.Average-hops) > 0.7 {
		t.Errorf("paths of %.2f hops on average, want about %.2f", exact.Average, hops)
	}
}

func TestMeasureOfTheRing(t *testing.T) {
	g, err := SmallWorld(101, 2, 0, random(1))
	if err != nil {
		t.Fatal(err)
	}
	if p := Measure(g, 4, random(1)); p.Diameter != 50 || p.Average != 25.5 || p.Sources != 4 {
		t.Errorf("measured %+v, want 50 and 25.5 hops from 4 sources", p)
	}
}
