package dag_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

// describe writes down all that a graph tells, with ids in place of indices.
func describe(t fataler, g *dag.Graph, seed uint64) string {
	var b strings.Builder
	list := func(name string, indices []dag.Index) {
		fmt.Fprintf(&b, "\n%s", name)
		for _, i := range indices {
			fmt.Fprintf(&b, " %s", g.Arena().ID(i).Short())
		}
	}
	list("tips", g.Tips())
	list("chosen", g.ChooseTips(3, dag.NoIndex, 100, seeded(seed)))
	if i, ok := g.OldestUnapproved(); ok {
		list("oldest", []dag.Index{i})
	}
	g.Newest(func(i dag.Index) bool {
		list("then", []dag.Index{i})
		return true
	})
	for n := range g.Len() {
		i := g.At(n)
		fmt.Fprintf(&b, "\n%s %d %d %v %v", g.Arena().ID(i).Short(), g.Approvers(i), g.AttachedAt(i), g.Approvable(i), g.IsOpen(i))
		main, forks := g.Chain(g.Arena().Event(i).Key())
		list("chain", main)
		list("forks", forks)
	}
	encoded, err := g.Request(^uint64(0)).Encode()
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "\nrequest %x\n%+v", encoded, g.Wanted(100, 0, 10, 50))
	return b.String()
}

// answers writes down what a graph answers to what another lacks.
func answers(t fataler, g *dag.Graph, request *dag.Missing) string {
	encoded, err := g.Answer(request).Encode()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", encoded)
}

// A node on an arena that others have filled, in another order and with more than it holds, tells the same as one that is alone.
func TestSharedArenaMakesNoDifference(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		shape := dagShape{events: rapid.IntRange(1, 60).Draw(rt, "events"), keys: rapid.IntRange(1, 8).Draw(rt, "keys"), witness: 0.2}
		shape.bad = rapid.SampledFrom([]float64{0, 0.03}).Draw(rt, "bad")
		shape.forkers = rapid.IntRange(0, shape.keys).Draw(rt, "forkers")
		shape.apart = rapid.SampledFrom([]int{1, dag.Buckets}).Draw(rt, "apart") // keys of one bucket stand in a row
		seed := rapid.Uint64().Draw(rt, "seed")
		for n := range uint64(10) {
			compareShared(rt, seed+n, shape)
		}
	})
}

func compareShared(t fataler, seed uint64, shape dagShape) {
	t.Helper()
	random := seeded(seed)
	events := randomEvents(t, random, shape)
	arena := newArena()
	other := dag.NewGraph(arena, wideLimits)
	for _, v := range events[:random.IntN(len(events)+1)] {
		add(t, other, v, 0)
	}
	shared, alone := dag.NewGraph(arena, wideLimits), newGraph()
	others := shuffled(random, events)
	for n, v := range shuffled(random, events)[:1+random.IntN(len(events))] {
		for len(others) > 0 && random.IntN(2) == 0 {
			add(t, other, others[0], 0)
			others = others[1:]
		}
		if got, want := add(t, shared, v, uint64(n/3)), add(t, alone, copied(t, v), uint64(n/3)); got != want {
			t.Fatalf("added:\n%s\nalone:\n%s", got, want)
		}
		orderBoth(random, shared, alone)
	}
	if got, want := describe(t, shared, seed), describe(t, alone, seed); got != want {
		t.Fatalf("told:\n%s\nalone:\n%s", got, want)
	}
	request := other.Request(random.Uint64() | random.Uint64())
	if got, want := answers(t, shared, request), answers(t, alone, request); got != want {
		t.Fatalf("answered:\n%s\nalone:\n%s", got, want)
	}
}

// orderBoth marks the same event of two graphs ordered now and then.
func orderBoth(random *rand.Rand, a, b *dag.Graph) {
	if a.Len() > 0 && random.IntN(6) == 0 {
		n := random.IntN(a.Len())
		a.MarkOrdered(a.At(n))
		b.MarkOrdered(b.At(n))
	}
}

// copied returns an event of the same content at another address, as it comes over the network.
func copied(t fataler, v dag.Verified) dag.Verified {
	e, err := dag.Restore(v.Block())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// add adds an event and says what became of it.
func add(t fataler, g *dag.Graph, v dag.Verified, now uint64) string {
	r, err := g.Add(v, "peer", now)
	if err != nil && !errors.Is(err, dag.ErrKnown) {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%v, missing %v, attached", err, r.Missing)
	for _, i := range r.Attached {
		fmt.Fprintf(&b, " %s", g.Arena().ID(i).Short())
	}
	for _, x := range r.Refused {
		fmt.Fprintf(&b, "\nrefused %s of %s: %v", x.Event.ID().Short(), x.From, x.Err)
	}
	return b.String()
}

// One event may meet several arenas, in each of which it has another place.
func TestEventInSeveralArenas(t *testing.T) {
	a, b, c := next(t, 1, nil), next(t, 2, nil), next(t, 3, nil)
	first, second := newGraph(), newGraph()
	mustAdd(t, first, a, b, c)
	mustAdd(t, second, c, b, a)
	for range 2 {
		for n, v := range []dag.Verified{a, b, c} {
			for _, g := range []*dag.Graph{first, second} {
				if _, err := g.Add(v, "", 0); !errors.Is(err, dag.ErrKnown) {
					t.Fatalf("event %d is taken twice: %v", n, err)
				}
				i, _ := g.Find(v.ID())
				if want := map[*dag.Graph]int{first: n, second: 2 - n}[g]; g.Position(i) != want {
					t.Errorf("event %d is at %d, want %d", n, g.Position(i), want)
				}
			}
		}
	}
}
