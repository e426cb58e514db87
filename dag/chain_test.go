package dag_test

import (
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
