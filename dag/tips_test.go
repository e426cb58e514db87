package dag_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/dag"
)

// withTips returns a graph with n tips, all approving the roots, attached at 0, 1, 2 ... ms.
func withTips(t testing.TB, limits dag.Limits, n int) *dag.Graph {
	g := dag.NewGraph(newArena(), limits)
	for k := range n {
		if _, err := g.Add(next(t, k, nil), "", uint64(k)); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// Every pair of tips is chosen equally often. The bound is 4 standard deviations above the mean of the chi-square
// distribution, and the seed is fixed.
func TestChooseTipsIsUniform(t *testing.T) {
	for _, want := range []int{2, 3} {
		const tips, draws = 12, 60_000
		g := withTips(t, wideLimits, tips)
		random := rand.New(rand.NewPCG(1, uint64(want)))
		seen := map[[3]dag.Index]int{}
		for range draws {
			chosen := g.ChooseTips(want, dag.NoIndex, 100, random)
			slices.Sort(chosen)
			var set [3]dag.Index
			if copy(set[:], chosen) != want || len(slices.Compact(chosen)) != want {
				t.Fatalf("chose %v", chosen)
			}
			seen[set]++
		}
		sets := tips * (tips - 1) / 2
		if want == 3 {
			sets = tips * (tips - 1) * (tips - 2) / 6
		}
		expected := float64(draws) / float64(sets)
		chi := float64(sets-len(seen)) * expected
		for _, n := range seen {
			chi += (float64(n) - expected) * (float64(n) - expected) / expected
		}
		freedom := float64(sets - 1)
		if chi > freedom+4*math.Sqrt(2*freedom) {
			t.Errorf("want %d: chi-square %.0f at %.0f degrees of freedom", want, chi, freedom)
		}
	}
}

func TestChooseTipsNeverPicksPrev(t *testing.T) {
	random := seeded(1)
	for tips := range 4 {
		g := withTips(t, wideLimits, tips+1)
		for n := range g.Len() {
			prev := g.At(n)
			for range 50 {
				chosen := g.ChooseTips(2, prev, 10, random)
				if slices.Contains(chosen, prev) || len(chosen) != 2 || chosen[0] == chosen[1] {
					t.Fatalf("%d tips: chose %v, prev is %d", tips+1, chosen, prev)
				}
			}
		}
	}
}

// With too few tips the newest other events stand in, the roots last; what may not be approved never does.
func TestChooseTipsWithTooFew(t *testing.T) {
	random := seeded(1)
	g := newGraph()
	if got := g.ChooseTips(2, dag.NoIndex, 0, random); len(got) != 2 || got[0]+got[1] != 1 {
		t.Fatalf("an empty graph offers %v, want the roots", got)
	}
	a := next(t, 1, nil)
	b := next(t, 2, nil, a.ID(), root(0))
	mustAdd(t, g, a, b)
	index := func(v dag.Verified) dag.Index { i, _ := g.Find(v.ID()); return i }
	if got := g.ChooseTips(2, dag.NoIndex, 0, random); !slices.Equal(got, []dag.Index{index(b), index(a)}) {
		t.Errorf("chose %v", got)
	}
	if got := g.ChooseTips(2, index(b), 0, random); !slices.Equal(got, []dag.Index{index(a), 0}) {
		t.Errorf("beside prev chose %v", got)
	}
	if got := g.ChooseTips(8, dag.NoIndex, 0, random); len(got) != 2 {
		t.Errorf("8 of one tip are %v", got)
	}
	mustAdd(t, g, chainOf(t, 1, 1, nil, 1)...) // key 1 forks, which leaves b and the root that only a approved
	if got := g.ChooseTips(3, dag.NoIndex, 0, random); len(got) != 2 || max(got[0], got[1]) != index(b) || min(got[0], got[1]) != 1 {
		t.Errorf("after the fork chose %v", got)
	}
}

func TestChooseTipsPrefersTheYoung(t *testing.T) {
	g := withTips(t, dag.Limits{TipAge: 10}, 30) // attached at 0 to 29
	random := seeded(1)
	for range 200 {
		for _, i := range g.ChooseTips(2, dag.NoIndex, 30, random) {
			if g.AttachedAt(i) < 20 {
				t.Fatalf("chose a tip of %d ms where there are younger ones", 30-g.AttachedAt(i))
			}
		}
	}
	old := 0
	for range 200 {
		chosen := g.ChooseTips(2, dag.NoIndex, 39, random) // only the one of 29 is young
		if g.AttachedAt(chosen[0]) != 29 || g.AttachedAt(chosen[1]) == 29 {
			t.Fatalf("chose %v: want the young one first", chosen)
		}
		if g.AttachedAt(chosen[1]) < 10 {
			old++
		}
	}
	if old == 0 || old == 200 {
		t.Errorf("%d of 200 second choices are of the oldest third", old)
	}
}

func TestOldestUnapproved(t *testing.T) {
	g := newGraph()
	if _, ok := g.OldestUnapproved(); ok {
		t.Error("an empty graph has one")
	}
	witness := draft(1, nil)
	witness.Kind, witness.Round = "", 1
	a, b := next(t, 2, nil), next(t, 3, nil)
	for at, v := range []dag.Verified{unsigned(t, witness), a, b} {
		if _, err := g.Add(v, "", uint64(at)); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []dag.Verified{a, b} {
		i, ok := g.OldestUnapproved()
		if !ok || g.Arena().ID(i) != want.ID() {
			t.Fatalf("got %d, %v", i, ok)
		}
		g.MarkOrdered(i)
	}
	if _, ok := g.OldestUnapproved(); ok {
		t.Error("ordered events and witness events count")
	}
}
