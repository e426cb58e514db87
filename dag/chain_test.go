package dag_test

import (
	"math/bits"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

// isAncestor is the plain answer: it walks from y along prev.
func isAncestor(a *dag.Arena, x, y dag.Index) bool {
	for ; y != dag.NoIndex; y = a.Vertex(y).Prev {
		if x == y {
			return true
		}
	}
	return false
}

// Branches and Precedes agree with walking and counting on random chains that fork at any place, refused events between.
func TestPrecedesAgreesWithWalkingOnForkedChains(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a := newArena()
		chains := map[dag.ChainIndex][]dag.Index{}
		var all []*dag.Event
		for n, choice := range rapid.SliceOfN(rapid.IntRange(0, 1000), 1, 40).Draw(rt, "choices") {
			var prev *dag.Event
			key := choice % 2
			if at := choice / 2 % (len(all) + 2); at < len(all) {
				prev = all[at]
				key = int(prev.Key()[31])
			}
			f := draft(key, prev)
			f.Body = []byte{byte(n)}
			if choice%7 == 0 {
				f.Kind = "bad"
			}
			v := unsigned(t, f)
			i, err := a.Intern(v)
			if (err != nil) != (f.Kind == "bad") {
				rt.Fatalf("kind %s: %v", f.Kind, err)
			}
			if err == nil {
				all = append(all, v.Event)
				chains[a.Vertex(i).Chain] = append(chains[a.Vertex(i).Chain], i)
			}
		}
		for c, list := range chains {
			checkChain(rt, a, c, list)
		}
	})
}

// nestedForks interns a chain of which each event has a twin, and the next pair rests on the twin: branch on branch. It
// returns the events that were first of each pair, and their twins.
func nestedForks(t fataler, a *dag.Arena, pairs int) (firsts, twins []dag.Index) {
	var prev *dag.Event
	for range pairs {
		for n, list := range []*[]dag.Index{&firsts, &twins} {
			f := draft(1, prev)
			f.Body = []byte{byte(n)}
			v := unsigned(t, f)
			i, err := a.Intern(v)
			if err != nil {
				t.Fatal(err)
			}
			*list = append(*list, i)
		}
		prev = a.Event(twins[len(twins)-1])
	}
	return firsts, twins
}

// Forks of forks cost a number of steps that is logarithmic in their depth, and the answers are right.
func TestPrecedesClimbsNestedForksInLongJumps(t *testing.T) {
	a := newArena()
	const pairs = 4096
	firsts, twins := nestedForks(t, a, pairs)
	random := seeded(1)
	for range 20_000 {
		x, y := random.IntN(pairs), random.IntN(pairs)
		if a.Precedes(twins[x], twins[y]) != (x <= y) || a.Precedes(twins[x], firsts[y]) != (x < y) {
			t.Fatalf("twin %d, pair %d", x, y)
		}
		if a.Precedes(firsts[x], firsts[y]) != (x == y) || a.Precedes(firsts[x], twins[y]) {
			t.Fatalf("first %d, pair %d", x, y)
		}
		if steps := a.ClimbSteps(twins[y], uint32(x)); steps > 3*bits.Len(pairs) {
			t.Fatalf("%d steps from depth %d to %d", steps, y, x)
		}
	}
}

// checkChain compares one chain with the plain answers.
func checkChain(t *rapid.T, a *dag.Arena, c dag.ChainIndex, list []dag.Index) {
	starts, children := 0, map[dag.Index]int{}
	for _, x := range list {
		if prev := a.Vertex(x).Prev; prev == dag.NoIndex {
			starts++
		} else {
			children[prev]++
		}
		for _, y := range list {
			if got, want := a.Precedes(x, y), isAncestor(a, x, y); got != want {
				t.Fatalf("Precedes(%d, %d) is %v", x, y, got)
			}
		}
	}
	branches := starts
	for _, n := range children {
		branches += n - 1
	}
	if a.Branches(c) != branches {
		t.Fatalf("%d branches, want %d", a.Branches(c), branches)
	}
}
