package finality_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
)

// randomGraph grows a graph by chance: forks of members and others (of members below a third of
// the weight, unless anyFaults), jumps, uneven weights, events that break the rules.
type randomGraph struct {
	*world
	rand    *rand.Rand
	slow    *naive
	keys    []dag.Key
	forks   map[dag.Key]float64 // the chance that an event of the key forks
	last    map[dag.Key]dag.Index
	events  []dag.Index
	reach   int // how far back approvals go
	width   int // how many there are at most
	refused map[string]int
}

func newRandomGraph(t testing.TB, seed uint64, anyFaults bool) *randomGraph {
	random := rand.New(rand.NewPCG(seed, 1))
	var weights []uint64
	for range 1 + random.IntN(6) {
		weights = append(weights, 1+random.Uint64N(4))
	}
	c := mustCommittee(t, weights...)
	g := &randomGraph{
		world: newWorld(c, [32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16)}), rand: random,
		forks: map[dag.Key]float64{}, last: map[dag.Key]dag.Index{}, reach: 2 + random.IntN(8), width: 2 + random.IntN(7), refused: map[string]int{},
	}
	g.slow = &naive{arena: g.arena, committee: c, leader: g.rules.Leader}
	var faulty uint64
	for _, m := range c.Members() {
		g.keys = append(g.keys, m.Key, m.Key, m.Key)
		if random.IntN(3) == 0 && (anyFaults || !c.Blocks(faulty+m.Weight)) {
			g.forks[m.Key] = 0.2
			faulty += m.Weight
		}
	}
	for _, name := range []string{"x", "y"} {
		key := testKey(name)
		g.keys = append(g.keys, key)
		if random.IntN(2) == 0 { // both branches soon after each other, so that both find approval
			g.forks[key] = 0.5
			g.keys = append(g.keys, key, key)
		}
	}
	return g
}

// draft proposes an event, mostly a sensible one.
func (g *randomGraph) draft() draft {
	d := draft{key: g.keys[g.rand.IntN(len(g.keys))], prev: dag.NoIndex, salt: g.rand.Uint64(), time: g.rand.Uint64N(1000)}
	if last, ok := g.last[d.key]; ok {
		d.prev = last
		for g.rand.Float64() < g.forks[d.key] && d.prev != dag.NoIndex {
			d.prev = g.arena.Vertex(d.prev).Prev
		}
	}
	if d.prev != dag.NoIndex {
		d.time += g.arena.Event(d.prev).Time()
	}
	d.approves = g.approvals(d)
	_, member := g.rules.Committee().Number(d.key)
	d.payload = !member || g.rand.IntN(5) == 0
	if d.payload {
		d.approves = d.approves[:2]
	}
	if member {
		d.round = g.round(d)
	}
	if g.rand.IntN(40) == 0 {
		d.round += uint64(g.rand.IntN(3))
	}
	return d
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (g *randomGraph) approvals(d draft) []dag.Index {
	pool := []dag.Index{0, 1}
	pool = append(pool, g.events[max(0, len(g.events)-g.reach*g.rules.Committee().Len()/2-2):]...)
	g.rand.Shuffle(len(pool), func(a, b int) { pool[a], pool[b] = pool[b], pool[a] })
	pool = slices.DeleteFunc(pool, func(i dag.Index) bool { return i == d.prev })
	slices.SortStableFunc(pool[:min(len(pool), 10)], func(a, b dag.Index) int { return int(b) - int(a) })
	if len(pool) < 2 {
		return []dag.Index{0, 1}
	}
	return slices.Clone(pool[:2+g.rand.IntN(min(len(pool), g.width)-1)])
}

// round returns the highest round allowed, or by chance a lower one.
func (g *randomGraph) round(d draft) uint64 {
	if d.prev == dag.NoIndex {
		return 1
	}
	low := g.arena.Event(d.prev).Round()
	high := 1 + g.slow.quorumRound(g.slow.coneOf(append(slices.Clone(d.approves), d.prev)...))
	if high > low && g.rand.IntN(6) == 0 {
		return low + g.rand.Uint64N(high-low)
	}
	return max(low, high)
}

// grow adds one event if both judges allow it, and fails if they disagree.
func (g *randomGraph) grow(t testing.TB) {
	d := g.draft()
	want := g.slow.roundOK(d) && g.slow.approvalsOK(d)
	i, err := g.add(t, d)
	if (err == nil) != want {
		t.Fatalf("judged %v, the slow twin says valid=%v: %+v", err, want, d)
	}
	for _, fault := range []error{finality.ErrRound, finality.ErrForkApproved} {
		if errors.Is(err, fault) && errors.Is(err, dag.ErrInvalid) {
			g.refused[fault.Error()]++
		}
	}
	if err == nil {
		g.events = append(g.events, i)
		if last, ok := g.last[d.key]; !ok || g.rand.IntN(2) == 0 || d.prev == last {
			g.last[d.key] = i
		}
	}
}

// closedSubset returns a random subset of the events that is closed, in a random order with parents first.
func (g *randomGraph) closedSubset(share float64) []dag.Index {
	held := map[dag.Index]bool{0: true, 1: true}
	var out, waiting []dag.Index
	waiting = append(waiting, g.events...)
	for progress := true; progress; {
		progress = false
		g.rand.Shuffle(len(waiting), func(a, b int) { waiting[a], waiting[b] = waiting[b], waiting[a] })
		var later []dag.Index
		for _, i := range waiting {
			if slices.ContainsFunc(g.parents(i), func(p dag.Index) bool { return !held[p] }) {
				later = append(later, i)
			} else if g.rand.Float64() < share {
				held[i], progress = true, true
				out = append(out, i)
			}
		}
		waiting = later
	}
	return out
}

func attachAll(r *finality.Rules, held []dag.Index) []finality.Commit {
	o := finality.NewOrder(r)
	var commits []finality.Commit
	for _, i := range held {
		o.Attach(i)
		commits = append(commits, drain(o)...)
	}
	return commits
}

func TestOrderMatchesSlowTwin(t *testing.T) {
	start := rand.Uint64() >> 16
	var commits, duplicates, ties int
	for seed := start; seed < start+uint64(soak(150, 20_000)); seed++ {
		g := newRandomGraph(t, seed, false)
		for range 40 + g.rand.IntN(60) {
			g.grow(t)
		}
		for _, share := range []float64{1, 0.95} {
			held := g.closedSubset(share)
			got, want := attachAll(g.rules, held), g.slow.commits(held)
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d, share %v: got\n%v\nthe slow twin says\n%v", seed, share, got, want)
			}
			for _, c := range got {
				commits++
				for _, e := range c.Events {
					duplicates += btoi(e.Duplicate)
				}
				ties += btoi(c.Time == 0)
			}
		}
	}
	if commits == 0 {
		t.Errorf("from seed %d on: no commit: the graphs test nothing", start)
	}
	t.Logf("from seed %d on: %d commits with %d duplicates, %d without ledger time", start, commits, duplicates, ties)
}

func TestQueriesMatchSlowTwin(t *testing.T) {
	start := rand.Uint64() >> 16
	refused := map[string]int{}
	for seed := start; seed < start+uint64(soak(60, 3_000)); seed++ {
		g := newRandomGraph(t, seed, true)
		for range 60 {
			g.grow(t)
		}
		for _, i := range g.events {
			if err := compareVertex(g, i); err != nil {
				t.Fatalf("seed %d: vertex %d: %v", seed, i, err)
			}
		}
		for fault, n := range g.refused {
			refused[fault] += n
		}
	}
	if len(refused) != 2 {
		t.Errorf("refused %v: the graphs do not break both rules", refused)
	}
}

// compareVertex compares all that the rules say of a vertex with what the slow twin says.
func compareVertex(g *randomGraph, i dag.Index) error {
	c := g.slow.coneOf(i)
	if got, want := g.rules.CommitteeRound(i), g.slow.quorumRound(c); got != want {
		return fmt.Errorf("committee round %d, want %d", got, want)
	}
	for _, key := range g.keys {
		if got, want := g.rules.ForkVisible(i, key), g.slow.forked(c, key); got != want {
			return fmt.Errorf("fork of %s visible: %v, want %v", key.Short(), got, want)
		}
	}
	_, member := g.slow.member(i)
	for slot := range g.rules.CommitteeRound(i) + 3 {
		for m := range g.rules.Committee().Len() {
			if got, want := g.rules.First(i, m, slot), g.slow.first(c, m, slot); got != want {
				return fmt.Errorf("first(%d, %d) = %d, want %d", m, slot, got, want)
			}
		}
		if slot == 0 {
			continue
		}
		if got, want := g.rules.Candidate(i, slot), g.slow.candidate(c, slot); got != want {
			return fmt.Errorf("candidate of %d = %d, want %d", slot, got, want)
		}
		got, cast := g.rules.Vote(i, slot)
		if want := member && g.slow.starts(i, slot+1); cast != want || cast && got != g.slow.vote(i, slot) {
			return fmt.Errorf("vote for %d = %d, %v", slot, got, cast)
		}
		got, cast = g.rules.Certificate(i, slot)
		if want := member && g.slow.starts(i, slot+2); cast != want || cast && got != g.slow.certificate(i, slot) {
			return fmt.Errorf("certificate for %d = %d, %v", slot, got, cast)
		}
	}
	return nil
}
