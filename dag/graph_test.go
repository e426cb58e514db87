package dag_test

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

// Whatever the order of arrival, the same events attach, and all that is computed on the way equals what the twin
// computes from the whole.
func TestGraphAgreesWithItsTwinInAnyOrderOfArrival(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		random := seeded(rapid.Uint64().Draw(rt, "seed"))
		shape := dagShape{
			events: rapid.IntRange(1, 60).Draw(rt, "events"), keys: rapid.IntRange(1, 6).Draw(rt, "keys"), witness: 0.2,
			forkers: rapid.IntRange(0, 2).Draw(rt, "forkers"), bad: rapid.SampledFrom([]float64{0, 0.05}).Draw(rt, "bad"),
		}
		shape.forkers = min(shape.forkers, shape.keys)
		events := randomEvents(rt, random, shape)
		arena := newArena()
		g := dag.NewGraph(arena, wideLimits)
		var came []dag.Verified
		ordered := map[dag.ID]bool{}
		for n, v := range shuffled(random, events) {
			if _, err := g.Add(v, "peer", uint64(n)); err != nil && !errors.Is(err, dag.ErrKnown) {
				rt.Fatal(err)
			}
			came = append(came, v)
			if random.IntN(6) == 0 && g.Len() > 0 {
				i := g.At(random.IntN(g.Len()))
				g.MarkOrdered(i)
				ordered[arena.ID(i)] = true
			}
			if n%9 == 0 {
				newTwin(came, ordered).check(rt, g)
			}
		}
		newTwin(events, ordered).check(rt, g)
		if g.Waiting() != 0 {
			rt.Fatalf("%d events wait though all came", g.Waiting())
		}
		// A second node on the same arena sees the same.
		second := dag.NewGraph(arena, wideLimits)
		for _, v := range shuffled(random, events) {
			if _, err := second.Add(v, "", 0); err != nil && !errors.Is(err, dag.ErrKnown) {
				rt.Fatal(err)
			}
		}
		newTwin(events, nil).check(rt, second)
	})
}

func TestAttachedEventsComeParentsFirst(t *testing.T) {
	random := seeded(3)
	g := newGraph()
	var attached []dag.Index
	for _, v := range shuffled(random, randomEvents(t, random, dagShape{events: 500, keys: 5, forkers: 1})) {
		r, err := g.Add(v, "peer", 0)
		if err != nil {
			t.Fatal(err)
		}
		attached = append(attached, r.Attached...)
	}
	here := map[dag.ID]bool{root(0): true, root(1): true}
	for n, i := range attached {
		e := g.Arena().Event(i)
		if !rests(e, here) {
			t.Fatalf("event %d of %d came before a parent of it", n, len(attached))
		}
		here[e.ID()] = true
	}
	if len(attached) != 500 {
		t.Fatalf("%d attached, want 500", len(attached))
	}
}

// What rests on an invalid event is refused, whichever came first, and says so.
func TestRefusalSpreads(t *testing.T) {
	bad := draft(1, nil)
	bad.Kind = "bad"
	a := unsigned(t, bad)
	b := next(t, 2, nil, a.ID(), root(0))
	c := next(t, 3, nil, b.ID(), root(0))
	d := next(t, 4, nil, c.ID(), root(1))
	for _, order := range [][]dag.Verified{{a, b, c, d}, {d, c, b, a}, {c, a, b, d}, {d, a, c, b}, {d, c, a, b}} {
		g := newGraph()
		var refused []dag.ID
		for _, v := range order {
			r, err := g.Add(v, "peer", 0)
			if err != nil || len(r.Attached) != 0 {
				t.Fatalf("%+v, %v", r, err)
			}
			for _, x := range r.Refused {
				if !errors.Is(x.Err, dag.ErrInvalid) || x.From != "peer" {
					t.Errorf("refusal %+v", x)
				}
				refused = append(refused, x.Event.ID())
			}
		}
		if len(refused) != 4 || g.Waiting() != 0 || g.RoomParts() != 0 {
			t.Errorf("%d refused, %d wait, %d entries left", len(refused), g.Waiting(), g.RoomParts())
		}
		for _, v := range order {
			if _, err := g.Add(v, "", 0); !errors.Is(err, dag.ErrKnown) || !g.Known(v.ID()) {
				t.Errorf("a refused event is judged again: %v", err)
			}
		}
	}
}

// An event that cannot be judged yet is not refused: it waits for what is missing, and with it what rests on it.
func TestWhatCannotBeJudgedWaitsAgain(t *testing.T) {
	p := next(t, 1, nil)
	x := next(t, 2, nil, p.ID(), root(0))
	y := next(t, 3, nil, x.ID(), root(0))
	g := newGraph()
	if _, err := g.Add(y, "peer", 1); err != nil {
		t.Fatal(err)
	}
	r, err := g.Settle(x, "peer", 2)
	if !errors.Is(err, dag.ErrNotJudged) || len(r.Refused) != 0 || g.Waiting() != 2 {
		t.Fatalf("%v, %+v, %d wait", err, r, g.Waiting())
	}
	if r, err := g.Add(p, "peer", 3); err != nil || len(r.Attached) != 3 || g.RoomParts() != 0 {
		t.Errorf("%v, %+v", err, r)
	}
}

// A judge that cannot judge an event does not spoil it: it may come again, and so may what rests on it.
func TestWhatAJudgeCannotJudgeMayComeAgain(t *testing.T) {
	able := false
	g := dag.NewGraph(dag.NewArena(dag.FirstOrigin(testNetwork), 2, judgeFunc(func(*dag.Arena, dag.Index) error {
		if able {
			return nil
		}
		return dag.ErrNotJudged
	})), wideLimits)
	x := next(t, 1, nil)
	y := next(t, 1, x.Event)
	if _, err := g.Add(y, "peer", 1); err != nil {
		t.Fatal(err)
	}
	if r, err := g.Add(x, "peer", 1); !errors.Is(err, dag.ErrNotJudged) || len(r.Refused) != 0 || g.Known(x.ID()) || g.Waiting() != 1 {
		t.Fatalf("%v, %+v", err, r)
	}
	able = true
	if r, err := g.Add(x, "peer", 2); err != nil || len(r.Attached) != 2 || g.Waiting() != 0 {
		t.Errorf("%v, %+v", err, r)
	}
}

func TestRefusedSetIsBounded(t *testing.T) {
	g := newGraph()
	var first dag.ID
	for n := range dag.RefusedRemembered + 1 {
		f := draft(n, nil)
		f.Kind = "bad"
		v := unsigned(t, f)
		if n == 0 {
			first = v.ID()
		}
		if _, err := g.Add(v, "", 0); err != nil {
			t.Fatal(err)
		}
		if n == dag.RefusedRemembered-1 && !g.Known(first) {
			t.Error("forgotten too early")
		}
	}
	if g.Known(first) {
		t.Error("the oldest of too many is remembered")
	}
}

// Once a key's fork is known, what only its events approve are tips again, and nothing of it is offered.
func TestForkGivesTipsBack(t *testing.T) {
	g := newGraph()
	honest := next(t, 1, nil)
	a1 := next(t, 2, nil, honest.ID(), root(0))
	a2 := next(t, 2, a1.Event, honest.ID(), root(1))
	mustAdd(t, g, honest, a1, a2)
	index := func(v dag.Verified) dag.Index { i, _ := g.Find(v.ID()); return i }
	if slices.Contains(g.Tips(), index(honest)) || g.Approvers(index(honest)) != 2 {
		t.Fatal("an approved event is a tip")
	}
	forkFields := draft(2, a1.Event)
	forkFields.Body = []byte("another")
	fork := unsigned(t, forkFields)
	mustAdd(t, g, fork)
	if !g.Forked(keyNumber(2)) || g.Forked(keyNumber(1)) {
		t.Fatal("the fork is not seen, or seen at another key")
	}
	for _, v := range []dag.Verified{a1, a2, fork} {
		if g.Approvable(index(v)) || slices.Contains(g.Tips(), index(v)) || g.IsOpen(index(v)) {
			t.Errorf("an event of the forked key is approvable, a tip or open")
		}
	}
	if !slices.Contains(g.Tips(), index(honest)) || g.Approvers(index(honest)) != 0 || !g.IsOpen(index(honest)) {
		t.Error("what only the forked key approved is no tip again")
	}
	if main, forks := g.Chain(keyNumber(2)); len(main) != 2 || len(forks) != 1 || forks[0] != index(fork) {
		t.Errorf("chain is %v, forks %v", main, forks)
	}
}

func TestOrderedEventsAreNoTips(t *testing.T) {
	g := newGraph()
	a := next(t, 1, nil)
	mustAdd(t, g, a)
	i, _ := g.Find(a.ID())
	if g.Open() != 1 || g.Ordered(i) {
		t.Fatalf("%d open", g.Open())
	}
	g.MarkOrdered(i)
	if g.Open() != 0 || !g.Ordered(i) || slices.Contains(g.Tips(), i) {
		t.Errorf("%d open, tips %v after it was ordered", g.Open(), g.Tips())
	}
}

func TestAddTellsWhatIsMissing(t *testing.T) {
	g := newGraph()
	a, b := next(t, 1, nil), next(t, 2, nil)
	c := next(t, 1, a.Event, b.ID(), root(0))
	r, err := g.Add(c, "peer", 5)
	if err != nil || !slices.Equal(r.Missing, []dag.ID{b.ID(), a.ID()}) || g.Waiting() != 1 || g.Len() != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if _, err := g.Add(c, "peer", 6); !errors.Is(err, dag.ErrKnown) {
		t.Errorf("a waiting event is taken twice: %v", err)
	}
	mustAdd(t, g, b)
	r, err = g.Add(a, "other", 9)
	if err != nil || len(r.Attached) != 2 || g.Waiting() != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if at := g.AttachedAt(r.Attached[1]); at != 9 {
		t.Errorf("attached at %d, want 9", at)
	}
	if _, err := g.Add(a, "", 9); !errors.Is(err, dag.ErrKnown) {
		t.Errorf("an attached event is taken twice: %v", err)
	}
}
