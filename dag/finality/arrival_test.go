package finality_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
)

// eachArrival calls visit with every order of the events in which parents come first, up to limit orders.
func eachArrival(w *world, events []dag.Index, limit int, visit func([]dag.Index)) (count int) {
	here := map[dag.Index]bool{0: true, 1: true}
	var order []dag.Index
	var extend func()
	extend = func() {
		if len(order) == len(events) {
			count++
			visit(order)
			return
		}
		for _, i := range events {
			if here[i] || count >= limit || slices.ContainsFunc(w.parents(i), func(p dag.Index) bool { return !here[p] }) {
				continue
			}
			here[i] = true
			order = append(order, i)
			extend()
			order = order[:len(order)-1]
			delete(here, i)
		}
	}
	extend()
	return count
}

// TestEveryArrivalOrder attaches small graphs, with a fork and a jump among them, in every order in which they can come: at
// any moment the commits are the first ones of the final list.
func TestEveryArrivalOrder(t *testing.T) {
	graphs := map[string]string{
		"three members": `committee a=1 b=1 c=1
leaders a b c a
add
a1 a 1 : / //
b1 b 1 : / //
c1 c 1 : / //
a2 a 2 : *1
b2 b 2 : *1
c2 c 2 : *1
a3 a 3 : *2
b3 b 3 : *2
c3 c 3 : *2
a4 a 4 : *3
b4 b 4 : *3
c4 c 4 : *3`,
		"leader forks": `committee a=1 b=2 c=2 d=2
leaders a b c d
add
a1 a 1 : / //
A1 a 1 : / // <-
b1 b 1 : a1 /
c1 c 1 : / //
d1 d 1 : A1 /
b2 b 2 : c1 d1
c2 c 2 : b1 d1
d2 d 2 : b1 c1
b3 b 3 : c2 d2
c3 c 3 : b2 d2
d3 d 3 : b2 c2
b4 b 4 : c3 d3
c4 c 4 : b3 d3
d4 d 4 : b3 c3`,
		"outsider and jump": `committee a=2 b=2 c=2 d=1
leaders a b d a
add
a1 a 1 : / //
b1 b 1 : / //
c1 c 1 : / //
d1 d 1 : / //
p x 0 : a1 / payload
a2 a 2 : b1 c1
b2 b 2 : c1 p
c2 c 2 : a1 b1
a3 a 3 : b2 c2
b3 b 3 : a2 c2
c3 c 3 : a2 b2
d4 d 4 : a3 b3 c3
a4 a 4 : b3 c3`,
	}
	for name, text := range graphs {
		t.Run(name, func(t *testing.T) {
			d := &drawing{t: t}
			if out := d.run(text); out != "" {
				t.Fatal(out)
			}
			want := attachAll(d.world.rules, d.events)
			if len(want) == 0 {
				t.Fatal("nothing is committed")
			}
			count := eachArrival(d.world, d.events, soak(20_000, 2_000_000), func(order []dag.Index) {
				if got := attachAll(d.world.rules, order); !reflect.DeepEqual(got, want) {
					t.Fatalf("arrival %v: got %v, want %v", order, got, want)
				}
			})
			t.Logf("%d orders of arrival", count)
		})
	}
}

// TestDecisionsNeverChange attaches random graphs event by event: what was emitted stays.
func TestDecisionsNeverChange(t *testing.T) {
	start := rand.Uint64() >> 16
	for seed := start; seed < start+uint64(soak(50, 5_000)); seed++ {
		g := newRandomGraph(t, seed, false)
		for range 80 {
			g.grow(t)
		}
		want := attachAll(g.rules, g.events)
		for range 5 {
			o := finality.NewOrder(g.rules)
			var got []finality.Commit
			for _, i := range shuffled(g.world, g.events, g.rand) {
				o.Attach(i)
				got = append(got, drain(o)...)
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d: got %v, want %v", seed, got, want)
			}
		}
	}
}
