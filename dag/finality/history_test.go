package finality_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
)

// sharer is a node of a shared history beside one that holds the same and is alone.
type sharer struct {
	held          []dag.Index
	shared, alone *finality.Order
	commits       []*finality.Commit
}

// attach gives both the next event and fails unless they commit the same.
func (s *sharer) attach(t *testing.T) {
	t.Helper()
	s.shared.Attach(s.held[0])
	s.alone.Attach(s.held[0])
	s.held = s.held[1:]
	for {
		got, more := s.shared.Next()
		want, wantMore := s.alone.Next()
		if more != wantMore {
			t.Fatalf("committed %v, alone it would have been %v", more, wantMore)
		}
		if !more {
			return
		}
		if !reflect.DeepEqual(plain(got), plain(want)) {
			t.Fatalf("committed\n%v\nalone it would have been\n%v", plain(got), plain(want))
		}
		s.commits = append(s.commits, got)
	}
}

// compare fails unless both say the same of the past.
func (s *sharer) compare(t *testing.T, events []dag.Index) {
	t.Helper()
	for _, i := range events {
		got, ordered := s.shared.CommitOf(i)
		if want, wantOrdered := s.alone.CommitOf(i); got != want || ordered != wantOrdered {
			t.Fatalf("event %d is of commit %d, want %d", i, got, want)
		}
		if got, want := s.shared.Explain(i), s.alone.Explain(i); !reflect.DeepEqual(got, want) {
			t.Fatalf("event %d: %+v, want %+v", i, got, want)
		}
	}
	for n := range s.shared.LastCommit().Slot + 4 {
		if got, want := s.shared.Slot(n), s.alone.Slot(n); !reflect.DeepEqual(got, want) {
			t.Fatalf("slot %+v, want %+v", got, want)
		}
	}
	if s.shared.Ordered() != s.alone.Ordered() {
		t.Fatalf("%d ordered, want %d", s.shared.Ordered(), s.alone.Ordered())
	}
	for n := range s.commits {
		if got, want := s.shared.Past(uint64(n)+1), s.alone.Past(uint64(n)+1); !reflect.DeepEqual(got, want) {
			t.Fatalf("commit %d is remembered as %v, want %v", n+1, got, want)
		}
	}
}

// runTogether lets nodes that share a history attach what they hold, in turns, and checks each against the one that is alone.
func runTogether(t *testing.T, random *rand.Rand, w *world, held [][]dag.Index) (nodes []*sharer) {
	t.Helper()
	history := finality.NewHistory(w.rules, 0)
	for _, list := range held {
		nodes = append(nodes, &sharer{held: list, shared: history.NewOrder(), alone: finality.NewOrder(w.rules)})
	}
	for busy := true; busy; {
		busy = false
		for _, s := range nodes {
			for range min(len(s.held), random.IntN(8)) {
				s.attach(t)
			}
			busy = busy || len(s.held) > 0
		}
	}
	return nodes
}

// Nodes that share a history say what they would say alone, and hold the same commits.
func TestSharedHistoryIsWhatEachWouldHaveAlone(t *testing.T) {
	start := rand.Uint64() >> 16
	agreed := 0
	for seed := start; seed < start+uint64(soak(100, 5_000)); seed++ {
		g := newRandomGraph(t, seed, false)
		for range 40 + g.rand.IntN(60) {
			g.grow(t)
		}
		var held [][]dag.Index
		for _, share := range []float64{1, 0.97, 0.95, 0.9} {
			held = append(held, g.closedSubset(share))
		}
		nodes := runTogether(t, g.rand, g.world, held)
		for _, s := range nodes {
			s.compare(t, g.events)
			same, split := sameCommits(t, nodes[0], s)
			if agreed += same; split > 0 {
				t.Fatalf("seed %d: nodes contradict each other though few members are faulty", seed)
			}
		}
	}
	if agreed == 0 {
		t.Errorf("from seed %d on: no commit: the graphs test nothing", start)
	}
}

// The only member of a committee forks again and again, and every node sees another of its branches: each orders what it would
// order alone, and two hold the same commits exactly as far as they agree.
func TestSharedHistoryShowsContradictions(t *testing.T) {
	start := rand.Uint64() >> 16
	agreed, differ := 0, 0
	for seed := start; seed < start+uint64(soak(40, 2_000)); seed++ {
		random := rand.New(rand.NewPCG(seed, 1))
		w, events := forkedSole(t, random)
		var held [][]dag.Index
		for range 6 {
			held = append(held, branchTo(w, events[random.IntN(len(events))]))
		}
		nodes := runTogether(t, random, w, held)
		for _, s := range nodes {
			s.compare(t, events)
			for _, other := range nodes {
				same, split := sameCommits(t, other, s)
				agreed, differ = agreed+same, differ+split
			}
		}
	}
	if agreed == 0 || differ == 0 {
		t.Errorf("from seed %d on: %d commits agree, %d contradict each other: the graphs do not test both", start, agreed, differ)
	}
}

// forkedSole grows a tree of the events of a committee's only member.
func forkedSole(t *testing.T, random *rand.Rand) (*world, []dag.Index) {
	w := newWorld(mustCommittee(t, 1), [32]byte{})
	key := w.rules.Committee().Member(0).Key
	var events []dag.Index
	for n := range uint64(60) {
		d := draft{key: key, prev: dag.NoIndex, approves: []dag.Index{0, 1}, round: 1, time: n, salt: n}
		if n > 0 {
			d.prev = events[len(events)-1]
			if random.IntN(8) == 0 {
				d.prev = events[random.IntN(len(events))]
			}
			d.round = w.rules.Round(d.prev) + 1
			d.time = w.arena.Event(d.prev).Time() + random.Uint64N(10)
		}
		i, err := w.add(t, d)
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, i)
	}
	return w, events
}

// branchTo returns the events along prev up to one.
func branchTo(w *world, i dag.Index) (branch []dag.Index) {
	for ; i != dag.NoIndex; i = w.arena.Vertex(i).Prev {
		branch = append(branch, i)
	}
	slices.Reverse(branch)
	return branch
}

// sameCommits counts the commits of two nodes that are the same and that differ, and fails unless their pointers say so.
func sameCommits(t *testing.T, a, b *sharer) (same, differ int) {
	t.Helper()
	for n := range min(len(a.commits), len(b.commits)) {
		x, y := a.commits[n], b.commits[n]
		equal := differ == 0 && reflect.DeepEqual(plain(x), plain(y))
		if equal != (x == y) {
			t.Fatalf("commit %d: %v and %v, the same: %v", n+1, plain(x), plain(y), x == y)
		}
		if equal {
			same++
		} else {
			differ++
		}
	}
	return same, differ
}
