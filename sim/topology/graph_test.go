package topology

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// random returns a source with a fixed seed.
func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

// check says what a graph lacks of what Graph promises.
func check(g Graph) error {
	for a, neighbours := range g {
		for i, b := range neighbours {
			switch {
			case int(b) >= len(g):
				return fmt.Errorf("%d has the neighbour %d of %d nodes", a, b, len(g))
			case int(b) == a:
				return fmt.Errorf("%d is connected to itself", a)
			case i > 0 && neighbours[i-1] >= b:
				return fmt.Errorf("%d: neighbours %v are not ascending", a, neighbours)
			case !slices.Contains(g[b], uint32(a)):
				return fmt.Errorf("%d has the neighbour %d, not the other way round", a, b)
			}
		}
	}
	if parts := components(g); len(parts) != 1 {
		return fmt.Errorf("%d parts", len(parts))
	}
	return nil
}

func TestRandomRegularIsRegular(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 60).Draw(t, "nodes")
		degree := rapid.IntRange(1, n-1).Draw(t, "degree")
		g, err := RandomRegular(n, degree, random(rapid.Uint64().Draw(t, "seed")))
		if n*degree%2 == 1 || degree == 1 && n > 2 {
			if !errors.Is(err, ErrImpossible) {
				t.Fatalf("error %v, want ErrImpossible", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := check(g); err != nil {
			t.Fatal(err)
		}
		for node := range g {
			if len(g[node]) != degree {
				t.Fatalf("node %d has degree %d", node, len(g[node]))
			}
		}
	})
}

// TestEverySmallRegularGraphIsFound leaves no size to chance.
func TestEverySmallRegularGraphIsFound(t *testing.T) {
	for n := 3; n <= 16; n++ {
		for degree := 2; degree < n; degree++ {
			if n*degree%2 == 1 {
				continue
			}
			for seed := range uint64(10) {
				g, err := RandomRegular(n, degree, random(seed))
				if err != nil {
					t.Fatalf("n %d, degree %d, seed %d: %v", n, degree, seed, err)
				}
				if err := check(g); err != nil {
					t.Fatalf("n %d, degree %d, seed %d: %v", n, degree, seed, err)
				}
			}
		}
	}
}

// TestRandomRegularIsUniform counts the 70 connected cubic graphs of 6 labelled nodes: 60 prisms and 10 complete bipartite ones.
func TestRandomRegularIsUniform(t *testing.T) {
	counts, r := map[string]int{}, random(7)
	const times = 7000
	for range times {
		g, err := RandomRegular(6, 3, r)
		if err != nil {
			t.Fatal(err)
		}
		counts[fmt.Sprint(g)]++
	}
	if len(counts) != 70 {
		t.Fatalf("%d different graphs, want 70", len(counts))
	}
	chi2 := 0.0
	for _, count := range counts {
		chi2 += float64((count-times/70)*(count-times/70)) / (times / 70)
	}
	if chi2 > 112 { // a uniform sampler is above it with one of 1000 seeds
		t.Errorf("chi square %.0f of 69 degrees of freedom", chi2)
	}
}

func TestSmallWorldKeepsEdges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(3, 80).Draw(t, "nodes")
		degree := 2 * rapid.IntRange(1, (n-1)/2).Draw(t, "half")
		rewire := rapid.SampledFrom([]float64{0, 0.01, 0.1, 0.5, 1}).Draw(t, "rewire")
		g, err := SmallWorld(n, degree, rewire, random(rapid.Uint64().Draw(t, "seed")))
		if err != nil {
			t.Fatal(err)
		}
		if err := check(g); err != nil {
			t.Fatal(err)
		}
		if g.Edges() != n*degree/2 {
			t.Fatalf("%d edges, want %d", g.Edges(), n*degree/2)
		}
		for node := range g {
			if len(g[node]) < degree/2 {
				t.Fatalf("node %d has degree %d, want at least %d", node, len(g[node]), degree/2)
			}
			if next := uint32((node + 1) % n); rewire == 0 && !g.Has(uint32(node), next) {
				t.Fatalf("the ring has no edge from %d to %d", node, next)
			}
		}
	})
}

func TestSmallWorldMovesItsShare(t *testing.T) {
	const n, degree = 10_000, 8
	ring, err := SmallWorld(n, degree, 0, random(1))
	if err != nil {
		t.Fatal(err)
	}
	g, err := SmallWorld(n, degree, 0.2, random(1))
	if err != nil {
		t.Fatal(err)
	}
	kept := 0
	for a := range ring {
		for _, b := range ring[a] {
			if g.Has(uint32(a), b) {
				kept++
			}
		}
	}
	if share := float64(kept) / (n * degree); share < 0.79 || share > 0.81 {
		t.Errorf("%.3f of the ring's edges kept, want 0.8", share)
	}
}

func TestCompleteHasAllEdges(t *testing.T) {
	for _, n := range []int{2, 3, 10} {
		g, err := Complete(n)
		if err != nil {
			t.Fatal(err)
		}
		if err := check(g); err != nil || g.Edges() != n*(n-1)/2 {
			t.Errorf("%d nodes: %d edges, %v", n, g.Edges(), err)
		}
	}
}

func TestImpossibleGraphsAreRefused(t *testing.T) {
	cases := []struct {
		name string
		make func() (Graph, error)
		want string
	}{
		{"no nodes", func() (Graph, error) { return Complete(0) }, "at least 2"},
		{"a huge complete graph", func() (Graph, error) { return Complete(100_000) }, "at most"},
		{"degree 0", func() (Graph, error) { return RandomRegular(5, 0, random(1)) }, "1 to 4"},
		{"degree of all and itself", func() (Graph, error) { return RandomRegular(5, 5, random(1)) }, "1 to 4"},
		{"odd times odd", func() (Graph, error) { return RandomRegular(5, 3, random(1)) }, "even"},
		{"pairs only", func() (Graph, error) { return RandomRegular(6, 1, random(1)) }, "2 or more"},
		{"odd small world", func() (Graph, error) { return SmallWorld(6, 3, 0, random(1)) }, "even"},
		{"share above 1", func() (Graph, error) { return SmallWorld(6, 2, 1.1, random(1)) }, "0 to 1"},
		{"too many nodes", func() (Graph, error) { return SmallWorld(MaxEdges, 8, 0, random(1)) }, "at most"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := c.make(); !errors.Is(err, ErrImpossible) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want ErrImpossible with %q", err, c.want)
			}
		})
	}
}

func TestSameSeedSameGraph(t *testing.T) {
	for name, make := range map[string]func(*rand.Rand) (Graph, error){
		"random regular": func(r *rand.Rand) (Graph, error) { return RandomRegular(200, 5, r) },
		"cycles":         func(r *rand.Rand) (Graph, error) { return RandomRegular(200, 2, r) },
		"small world":    func(r *rand.Rand) (Graph, error) { return SmallWorld(200, 4, 0.3, r) },
	} {
		a, errA := make(random(3))
		b, errB := make(random(3))
		other, errOther := make(random(4))
		if err := errors.Join(errA, errB, errOther); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(a) != fmt.Sprint(b) || fmt.Sprint(a) == fmt.Sprint(other) {
			t.Errorf("%s: the seed does not decide the graph", name)
		}
	}
}

func TestConnectKeepsDegrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(3, 7), 1, 8).Draw(t, "cycles")
		g := Graph{}
		for _, size := range sizes {
			g = addCycle(g, size, rapid.Bool().Draw(t, "chord"))
		}
		degrees := make([]int, len(g))
		for node := range g {
			degrees[node] = len(g[node])
		}
		if switches := connect(g); switches != len(sizes)-1 {
			t.Fatalf("%d switches for %d parts", switches, len(sizes))
		}
		g.sort()
		if err := check(g); err != nil {
			t.Fatal(err)
		}
		for node := range g {
			if len(g[node]) != degrees[node] {
				t.Fatalf("node %d has degree %d, had %d", node, len(g[node]), degrees[node])
			}
		}
	})
}

// addCycle adds a ring of new nodes, with one chord if that is wanted and there is room.
func addCycle(g Graph, size int, chord bool) Graph {
	first := uint32(len(g))
	g = append(g, make(Graph, size)...)
	for i := range uint32(size) {
		g.add(first+i, first+(i+1)%uint32(size))
	}
	if chord && size > 3 {
		g.add(first, first+2)
	}
	return g
}

func BenchmarkRandomRegular(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		b.Run(fmt.Sprintf("%d", n), func(b *testing.B) {
			for i := range b.N {
				if _, err := RandomRegular(n, 8, random(uint64(i))); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(4*n), "ns/edge")
		})
	}
}

func BenchmarkSmallWorld(b *testing.B) {
	for i := range b.N {
		if _, err := SmallWorld(100_000, 8, 0.1, random(uint64(i))); err != nil {
			b.Fatal(err)
		}
	}
}
