package dag_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

func TestWantedWaitsRetriesAndFallsBackToAnyPeer(t *testing.T) {
	g := newGraph()
	if _, err := g.Add(next(t, 1, nil, dag.ID{1}, root(0)), "a", 1000); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Add(next(t, 2, nil, dag.ID{2}, root(0)), "b", 1000); err != nil {
		t.Fatal(err)
	}
	const patience, retry = 300, 2000
	ask := func(now uint64) (peers []string) {
		for _, a := range g.Wanted(now, patience, retry, 100) {
			for range a.IDs {
				peers = append(peers, a.Peer)
			}
		}
		return peers
	}
	for _, c := range []struct {
		at   uint64
		want []string
	}{
		{1299, nil},
		{1300, []string{"a", "b"}},
		{3299, nil},
		{3300, []string{"a", "b"}},
		{7299, nil}, // the time between two requests has doubled
		{7300, []string{"", ""}},
	} {
		if got := ask(c.at); !slices.Equal(got, c.want) {
			t.Errorf("at %d asks %q, want %q", c.at, got, c.want)
		}
	}
}

// A parent that waits itself is not asked for, but what it waits for is.
func TestWantedLeavesOutWhatIsHere(t *testing.T) {
	g := newGraph()
	a := next(t, 1, nil, dag.ID{1}, root(0))
	b := next(t, 2, nil, a.ID(), root(0))
	for _, v := range []dag.Verified{a, b} {
		if _, err := g.Add(v, "p", 0); err != nil {
			t.Fatal(err)
		}
	}
	asks := g.Wanted(1, 0, 0, 100)
	if len(asks) != 1 || !slices.Equal(asks[0].IDs, []dag.ID{{1}}) {
		t.Errorf("asks %+v", asks)
	}
}

// Parents that nobody has take their turn: they cannot keep others from being asked for.
func TestWantedIsFair(t *testing.T) {
	g := newGraph()
	for n := range 500 {
		if _, err := g.Add(orphan(t, n), "hostile", 0); err != nil {
			t.Fatal(err)
		}
	}
	last := dag.ID{0xff}
	if _, err := g.Add(next(t, 600, nil, last, root(0)), "honest", 1); err != nil {
		t.Fatal(err)
	}
	const limit, retry = 10, 50
	for n := uint64(0); ; n++ {
		asks := g.Wanted(10+n, 0, retry, limit)
		count, found := 0, false
		for _, a := range asks {
			count += len(a.IDs)
			found = found || slices.Contains(a.IDs, last)
		}
		if count > limit {
			t.Fatalf("%d asked for at once, at most %d are allowed", count, limit)
		}
		if found {
			return
		}
		if n > 1001/limit+1 {
			t.Fatal("a parent is not asked for while others are, again and again")
		}
	}
}

// The order in which parents are asked for does not depend on chance, so that runs repeat.
func TestWantedRepeats(t *testing.T) {
	var first []dag.Ask
	for range 5 {
		g := newGraph()
		random := rand.New(rand.NewPCG(1, 1))
		for n := range 50 {
			if _, err := g.Add(orphan(t, random.IntN(1000)), fmt.Sprint(n%3), 0); err != nil && !errors.Is(err, dag.ErrKnown) {
				t.Fatal(err)
			}
		}
		asks := g.Wanted(10, 0, 0, 60)
		if first == nil {
			first = asks
		}
		if !slices.EqualFunc(asks, first, func(a, b dag.Ask) bool { return a.Peer == b.Peer && slices.Equal(a.IDs, b.IDs) }) {
			t.Fatal("another order")
		}
	}
}

// A parent that came and expired is asked for, since it is missing as if it had never come.
func TestWantedAsksForWhatExpired(t *testing.T) {
	g := newGraph()
	a := next(t, 1, nil, dag.ID{1}, root(0))
	b := next(t, 2, nil, a.ID(), root(0))
	for at, v := range []dag.Verified{a, b} {
		if _, err := g.Add(v, fmt.Sprint(at), uint64(at)); err != nil {
			t.Fatal(err)
		}
	}
	g.Expire(1)
	if asks := g.Wanted(10, 0, 0, 100); len(asks) != 1 || asks[0].Peer != "1" || !slices.Equal(asks[0].IDs, []dag.ID{a.ID()}) {
		t.Errorf("asks %+v", asks)
	}
}

// Whatever comes and expires, what is wanted is what the waiting events rest on and is not here, each once.
func TestWantedIsWhatIsMissing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		random := seeded(rapid.Uint64().Draw(rt, "seed"))
		events := randomEvents(rt, random, dagShape{events: 40, keys: 4, forkers: 1})
		g := newGraph()
		for now := uint64(1); now < 300; now++ {
			if _, err := g.Add(events[random.IntN(len(events))], "peer", now); err != nil && !errors.Is(err, dag.ErrKnown) {
				rt.Fatal(err)
			}
			if random.IntN(5) == 0 {
				g.Expire(now - min(now, random.Uint64N(20)))
			}
			if random.IntN(3) > 0 {
				continue
			}
			var wanted []dag.ID
			for _, ask := range g.Wanted(now, 0, 0, 1000) {
				wanted = append(wanted, ask.IDs...)
			}
			slices.SortFunc(wanted, dag.ID.Compare)
			if missing := missingParents(g, events); !slices.Equal(wanted, missing) {
				rt.Fatalf("%d wanted, %d missing", len(wanted), len(missing))
			}
		}
	})
}

// missingParents returns, sorted, what the waiting ones among valid events rest on and is not here.
func missingParents(g *dag.Graph, events []dag.Verified) (ids []dag.ID) {
	for _, v := range events {
		if _, attached := g.Find(v.ID()); attached || !g.Known(v.ID()) {
			continue
		}
		for _, id := range append(slices.Clone(v.Approves()), v.Prev()) {
			if !id.IsZero() && !g.Known(id) {
				ids = append(ids, id)
			}
		}
	}
	slices.SortFunc(ids, dag.ID.Compare)
	return slices.Compact(ids)
}
