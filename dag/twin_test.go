package dag_test

import (
	"slices"

	"github.com/ledgerofthings/lot/dag"
)

// twin is the slow graph: it holds a set of events and computes everything from all of them each time.
type twin struct {
	valid   []*dag.Event
	forked  map[dag.Key]bool
	ordered map[dag.ID]bool
}

// newTwin finds the valid events among those given, in any order.
func newTwin(events []dag.Verified, ordered map[dag.ID]bool) *twin {
	w := &twin{forked: map[dag.Key]bool{}, ordered: ordered}
	here := map[dag.ID]bool{root(0): true, root(1): true}
	for grown := true; grown; {
		grown = false
		for _, v := range events {
			if here[v.ID()] || v.Kind() == "bad" || !rests(v.Event, here) {
				continue
			}
			here[v.ID()], grown = true, true
			w.valid = append(w.valid, v.Event)
		}
	}
	type place struct {
		key dag.Key
		seq uint64
	}
	taken := map[place]bool{}
	for _, e := range w.valid {
		p := place{e.Key(), e.Seq()}
		w.forked[e.Key()] = w.forked[e.Key()] || taken[p]
		taken[p] = true
	}
	return w
}

// rests reports whether all that an event rests on is here.
func rests(e *dag.Event, here map[dag.ID]bool) bool {
	for _, id := range e.Approves() {
		if !here[id] {
			return false
		}
	}
	return e.Seq() == 1 || here[e.Prev()]
}

func (w *twin) approvers(id dag.ID) (n int) {
	for _, e := range w.valid {
		if !w.forked[e.Key()] && slices.Contains(e.Approves(), id) {
			n++
		}
	}
	return n
}

func (w *twin) tips() (ids []dag.ID) {
	for _, id := range roots() {
		if w.approvers(id) == 0 {
			ids = append(ids, id)
		}
	}
	for _, e := range w.valid {
		if !w.forked[e.Key()] && !w.ordered[e.ID()] && w.approvers(e.ID()) == 0 {
			ids = append(ids, e.ID())
		}
	}
	slices.SortFunc(ids, dag.ID.Compare)
	return ids
}

func (w *twin) open() (n int) {
	for _, e := range w.valid {
		if !w.ordered[e.ID()] && !e.IsWitness() && (!w.forked[e.Key()] || w.approvers(e.ID()) > 0) {
			n++
		}
	}
	return n
}

func (w *twin) digest() (d dag.Digest) {
	for _, e := range w.valid {
		key, id := e.Key(), e.ID()
		for i := range 16 {
			d[key[31]%dag.Buckets][i] ^= id[i]
		}
	}
	return d
}

// check compares a graph with the twin.
func (w *twin) check(t fataler, g *dag.Graph) {
	t.Helper()
	if g.Len() != len(w.valid) {
		t.Fatalf("%d events attached, want %d", g.Len(), len(w.valid))
	}
	for _, e := range w.valid {
		i, ok := g.Find(e.ID())
		if !ok || g.At(g.Position(i)) != i {
			t.Fatalf("event %s is not attached, or not where its position says", e.ID())
		}
		chain, _ := g.Arena().Chain(e.Key())
		if main, _ := g.Chain(e.Key()); g.HeldSeq(chain) != uint64(len(main)) {
			t.Fatalf("%d events of a key are held, want %d", g.HeldSeq(chain), len(main))
		}
		if g.Approvers(i) != w.approvers(e.ID()) || g.Approvable(i) == w.forked[e.Key()] || g.Forked(e.Key()) != w.forked[e.Key()] {
			t.Fatalf("event %s: %d approvers, approvable %v; want %d, %v", e.ID(), g.Approvers(i), g.Approvable(i), w.approvers(e.ID()), !w.forked[e.Key()])
		}
	}
	var tips []dag.ID
	for _, i := range g.Tips() {
		tips = append(tips, g.Arena().ID(i))
	}
	slices.SortFunc(tips, dag.ID.Compare)
	if !slices.Equal(tips, w.tips()) {
		t.Fatalf("%d tips, want %d", len(tips), len(w.tips()))
	}
	if g.Open() != w.open() {
		t.Fatalf("%d events open, want %d", g.Open(), w.open())
	}
	if g.Digest() != w.digest() {
		t.Fatal("the digest differs")
	}
}
