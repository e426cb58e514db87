package dag_test

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

// orphan makes an event whose parents never come.
func orphan(t fataler, n int) dag.Verified {
	return next(t, n, nil, dag.ID{1, byte(n), byte(n >> 8)}, dag.ID{2, byte(n), byte(n >> 8)})
}

func TestWaitingRoomIsBoundedPerPeerAndInAll(t *testing.T) {
	const most, peers = 5, 8 // as many peers as may use up their bounds
	limits := dag.Limits{WaitingCount: most, WaitingBytes: 1 << 20}
	g := dag.NewGraph(newArena(), limits)
	n := 0
	for peer := range peers + 1 {
		for k := range most + 1 {
			_, err := g.Add(orphan(t, n), fmt.Sprint(peer), 0)
			n++
			if wantFull := k == most || peer == peers; wantFull != errors.Is(err, dag.ErrWaitingFull) {
				t.Fatalf("event %d of peer %d: %v", k, peer, err)
			}
		}
	}
	if g.Waiting() != most*peers {
		t.Errorf("%d events wait, want %d", g.Waiting(), most*peers)
	}
	size := orphan(t, 0).Size()
	g = dag.NewGraph(newArena(), dag.Limits{WaitingCount: 1000, WaitingBytes: 3*size + size/2})
	for k := range 5 {
		if _, err := g.Add(orphan(t, k), "peer", 0); (k >= 3) != errors.Is(err, dag.ErrWaitingFull) {
			t.Fatalf("event %d of %d bytes: %v", k, size, err)
		}
	}
}

// One key cannot fill the room of a peer, whoever brings its events, and never hinders other keys.
func TestWaitingRoomIsBoundedPerKey(t *testing.T) {
	const most = 20
	g := dag.NewGraph(newArena(), dag.Limits{WaitingCount: most, WaitingBytes: 1 << 20})
	for n := range most {
		f := draft(1, nil, dag.ID{1, byte(n)}, dag.ID{2, byte(n)})
		if _, err := g.Add(unsigned(t, f), fmt.Sprint(n%3), 0); (n >= most/4) != errors.Is(err, dag.ErrWaitingFull) {
			t.Fatalf("event %d: %v", n, err)
		}
	}
	big := func(n, size int) dag.Verified {
		f := draft(2, nil, dag.ID{3, byte(n)}, dag.ID{4, byte(n)})
		f.Body = make([]byte, size)
		return unsigned(t, f)
	}
	for n := range 5 {
		if _, err := g.Add(big(n, 60<<10), "0", 0); (n >= 4) != errors.Is(err, dag.ErrWaitingFull) {
			t.Fatalf("large event %d: %v", n, err)
		}
	}
	if _, err := g.Add(orphan(t, 3), "0", 0); err != nil {
		t.Error(err)
	}
}

// However small the bounds are, a key may let one event wait.
func TestWaitingRoomHoldsTheLargestEvent(t *testing.T) {
	g := dag.NewGraph(newArena(), dag.Limits{WaitingCount: 1, WaitingBytes: dag.MaxEventSize})
	f := draft(1, nil, dag.ID{1}, dag.ID{2})
	f.Body = make([]byte, dag.MaxEventSize-unsigned(t, f).Size()-2)
	v := unsigned(t, f)
	if _, err := g.Add(v, "peer", 0); err != nil || v.Size() != dag.MaxEventSize {
		t.Errorf("%d bytes: %v", v.Size(), err)
	}
}

// The room is given back by release, refusal and expiry alike, and nothing of what is gone stays.
func TestWaitingRoomIsGivenBack(t *testing.T) {
	limits := dag.Limits{WaitingCount: 3, WaitingBytes: 1 << 20}
	badFields := draft(100, nil)
	badFields.Kind = "bad"
	good, bad := next(t, 100, nil), unsigned(t, badFields)
	for name, free := range map[string]func(g *dag.Graph){
		"release": func(g *dag.Graph) { mustAdd(t, g, good) },
		"refusal": func(g *dag.Graph) {
			if r, err := g.Add(bad, "", 0); err != nil || len(r.Refused) != 4 {
				t.Errorf("%+v, %v", r, err)
			}
		},
		"expiry": func(g *dag.Graph) {
			if n := g.Expire(10) + g.Expire(11); n != 3 {
				t.Errorf("%d expired, want 3", n)
			}
		},
	} {
		parent := good
		if name == "refusal" {
			parent = bad
		}
		g := dag.NewGraph(newArena(), limits)
		for k := range 4 {
			v := next(t, k, nil, parent.ID(), root(0))
			if _, err := g.Add(v, "peer", 10); (k == 3) != errors.Is(err, dag.ErrWaitingFull) {
				t.Fatalf("%s: event %d: %v", name, k, err)
			}
		}
		free(g)
		if _, err := g.Add(orphan(t, 50), "peer", 20); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		g.Expire(21)
		if g.Waiting() != 0 || g.RoomParts() != 0 {
			t.Errorf("%s: %d entries are left in an empty room", name, g.RoomParts())
		}
	}
}

// Whatever comes, all that the room keeps is in proportion to the events in it. An orphan here keeps one parent wanted
// while any number of others that want it too come and go.
func TestWaitingRoomKeepsNothingOfWhatIsGone(t *testing.T) {
	g := dag.NewGraph(newArena(), dag.Limits{WaitingCount: 50, WaitingBytes: 1 << 20})
	shared := dag.ID{9}
	if _, err := g.Add(next(t, 0, nil, shared, root(0)), "peer", 1_000_000); err != nil {
		t.Fatal(err)
	}
	for n := range 2000 {
		badFields := draft(n, nil)
		badFields.Kind = "bad"
		bad := unsigned(t, badFields)
		if _, err := g.Add(next(t, n, nil, shared, bad.ID()), "peer", uint64(n)); err != nil {
			t.Fatal(err)
		}
		if n%2 == 0 {
			if r, _ := g.Add(bad, "", 0); len(r.Refused) != 2 {
				t.Fatalf("%+v", r)
			}
		} else {
			g.Expire(uint64(n) + 1)
		}
		if parts := g.RoomParts(); parts > 20*(g.Waiting()+1) {
			t.Fatalf("%d entries for %d events after %d have gone", parts, g.Waiting(), n)
		}
	}
}

// An event that expires and comes again takes the room of one event, whoever brought it before.
func TestWaitingRoomKeepsOneOfAnEvent(t *testing.T) {
	g := dag.NewGraph(newArena(), dag.Limits{WaitingCount: 5, WaitingBytes: 1 << 20})
	p := next(t, 1, nil)
	x := next(t, 2, nil, p.ID(), root(0))
	if _, err := g.Add(next(t, 3, nil, p.ID(), root(0)), "peer", 1_000_000); err != nil {
		t.Fatal(err)
	}
	for n := range uint64(1000) {
		if _, err := g.Add(x, fmt.Sprint(n%3), n); err != nil {
			t.Fatal(err)
		}
		if parts := g.RoomParts(); parts > 20*g.Waiting() {
			t.Fatalf("%d entries for %d events after %d times", parts, g.Waiting(), n)
		}
		if gone := g.Expire(n + 1); gone != 1 {
			t.Fatalf("%d expired", gone)
		}
	}
	if r, err := g.Add(p, "", 0); err != nil || len(r.Attached) != 2 || g.RoomParts() != 0 {
		t.Errorf("%+v, %v, %d entries left", r, err, g.RoomParts())
	}
}

// A random life of the room: after everything has come or expired, nothing is left, whatever happened between.
func TestWaitingRoomEndsEmpty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		random := seeded(rapid.Uint64().Draw(rt, "seed"))
		events := randomEvents(rt, random, dagShape{events: 40, keys: 4, forkers: 1, bad: 0.1})
		g := dag.NewGraph(newArena(), dag.Limits{WaitingCount: 6, WaitingBytes: 1 << 20})
		for n, v := range shuffled(random, events) {
			_, _ = g.Add(v, fmt.Sprint(random.IntN(3)), uint64(n))
			if random.IntN(5) == 0 {
				g.Expire(uint64(max(0, n-random.IntN(10))))
			}
			if g.RoomParts() > 20*(g.Waiting()+1) {
				rt.Fatalf("%d entries for %d events", g.RoomParts(), g.Waiting())
			}
		}
		for range 20 { // what was dropped comes again until all is here
			for n, v := range events {
				_, _ = g.Add(v, "", uint64(1000+n))
			}
		}
		newTwin(events, nil).check(rt, g)
		if g.Waiting() != 0 || g.RoomParts() != 0 {
			rt.Fatalf("%d wait, %d entries are left", g.Waiting(), g.RoomParts())
		}
	})
}

// An event that expired and comes again counts its parents anew: another one that waits for the same parent all the while
// does not make it attach before its other parent is here.
func TestWaiterThatComesAgainIsNotReleasedEarly(t *testing.T) {
	p, q := next(t, 1, nil), next(t, 2, nil)
	x := next(t, 3, nil, p.ID(), q.ID())
	y := next(t, 4, nil, p.ID(), root(0))
	g := newGraph()
	for at, v := range []dag.Verified{x, y} {
		if _, err := g.Add(v, "peer", uint64(at)); err != nil {
			t.Fatal(err)
		}
	}
	if n := g.Expire(1); n != 1 {
		t.Fatalf("%d expired, want 1", n)
	}
	if _, err := g.Add(x, "peer", 2); err != nil {
		t.Fatal(err)
	}
	if r, err := g.Add(p, "peer", 3); err != nil || len(r.Attached) != 2 || len(r.Refused) != 0 || g.Waiting() != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	if r, err := g.Add(q, "peer", 4); err != nil || len(r.Attached) != 2 || g.RoomParts() != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// Valid events that come in any order, expire now and then and come again are all attached in the end, and none is refused.
func TestExpiryNeverSpoilsAnEvent(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		random := seeded(rapid.Uint64().Draw(rt, "seed"))
		events := randomEvents(rt, random, dagShape{events: 60, keys: 6, forkers: 1})
		g := newGraph()
		now := uint64(0)
		for round := 0; g.Len() < len(events); round++ {
			for _, v := range shuffled(random, events) {
				now++
				if random.IntN(3) > 0 {
					continue
				}
				if r, err := g.Add(v, "peer", now); len(r.Refused) > 0 || err != nil && !errors.Is(err, dag.ErrKnown) {
					rt.Fatalf("%+v, %v", r, err)
				}
				if random.IntN(4) == 0 {
					g.Expire(now - min(now, random.Uint64N(20)))
				}
			}
			if round == 1000 {
				rt.Fatalf("%d of %d events are attached", g.Len(), len(events))
			}
		}
	})
}

// A refusal on which a long chain rests costs in proportion to the chain.
func TestRefusalOfALongChain(t *testing.T) {
	badFields := draft(1, nil)
	badFields.Kind = "bad"
	bad := unsigned(t, badFields)
	g := newGraph()
	prev, n := bad.Event, 20_000
	for range n {
		v := next(t, 1, prev)
		if _, err := g.Add(v, "peer", 0); err != nil {
			t.Fatal(err)
		}
		prev = v.Event
	}
	if r, err := g.Add(bad, "peer", 0); err != nil || len(r.Refused) != n+1 {
		t.Fatalf("%d refused, %v", len(r.Refused), err)
	}
}
