package finality_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
)

// choiceWorld is a random graph held by one node, with a member that is about to issue.
type choiceWorld struct {
	*randomGraph
	order  *finality.Order
	choice finality.Choice
}

func newChoiceWorld(t testing.TB, seed uint64) *choiceWorld {
	g := newRandomGraph(t, seed, true)
	for range 20 + g.rand.IntN(60) {
		g.grow(t)
	}
	w := &choiceWorld{randomGraph: g, order: finality.NewOrder(g.rules)}
	approved := map[dag.Index]bool{}
	for _, i := range g.events {
		w.order.Attach(i)
		for _, p := range g.parents(i) {
			approved[p] = true
		}
	}
	w.choice = finality.Choice{Member: g.rand.IntN(g.rules.Committee().Len()), Prev: dag.NoIndex, Payload: dag.NoIndex}
	if last, ok := g.last[g.rules.Committee().Member(w.choice.Member).Key]; ok {
		w.choice.Prev = last
	}
	for _, i := range g.events {
		if !approved[i] || g.rand.IntN(5) == 0 {
			w.choice.Tips = append(w.choice.Tips, i)
		}
	}
	g.rand.Shuffle(len(w.choice.Tips), func(a, b int) {
		w.choice.Tips[a], w.choice.Tips[b] = w.choice.Tips[b], w.choice.Tips[a]
	})
	newest := slices.Concat([]dag.Index{0, 1}, g.events)
	slices.Reverse(newest)
	w.choice.Fallback = slices.Values(newest)
	return w
}

// TestPickedApprovalsAreValid issues the event that is chosen, in a graph where tips of forked keys are offered too: nobody may
// refuse it, and its cone is what the prospect said.
func TestPickedApprovalsAreValid(t *testing.T) {
	start := rand.Uint64() >> 16
	for seed := start; seed < start+uint64(soak(300, 10_000)); seed++ {
		w := newChoiceWorld(t, seed)
		p := w.order.PickApprovals(w.choice)
		if again := w.order.PickApprovals(w.choice); !slices.Equal(again.Approves(), p.Approves()) {
			t.Fatalf("seed %d: chose %v and then %v", seed, p.Approves(), again.Approves())
		}
		round := max(p.OwnRound(), p.CommitteeRound()+1)
		if w.choice.Prev == dag.NoIndex {
			round = 1
		}
		i, err := w.add(t, draft{
			key:  w.rules.Committee().Member(w.choice.Member).Key,
			prev: w.choice.Prev, approves: p.Approves(), round: round, time: 1 << 40, salt: 1,
		})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if _, forked := w.rules.Head(i, w.choice.Member); forked {
			continue // it closes a fork of its own, which the prospect does not count
		}
		for slot := uint64(1); slot < round; slot++ {
			if p.Candidate(slot) != w.rules.Candidate(i, slot) {
				t.Fatalf("seed %d: candidate of slot %d in prospect %d, then %d", seed, slot, p.Candidate(slot), w.rules.Candidate(i, slot))
			}
		}
		for m := range w.rules.Committee().Len() {
			_, want := w.rules.Head(i, m)
			if _, forked := p.MemberRound(m); forked != want {
				t.Fatalf("seed %d: fork of member %d in the prospect: %v", seed, m, forked)
			}
		}
	}
}

// TestApprovalsAddMost compares the tips that are approved for the rounds they add with a choice that looks at all of them each
// time.
func TestApprovalsAddMost(t *testing.T) {
	start := rand.Uint64() >> 16
	for seed := start; seed < start+uint64(soak(200, 5_000)); seed++ {
		w := newChoiceWorld(t, seed)
		w.choice.Prev, w.choice.Fallback = dag.NoIndex, nil // no candidate to bring, nothing to add
		slow := w.slowChoice()
		if got := w.order.PickApprovals(w.choice).Approves(); !slices.Equal(got, slow) {
			t.Fatalf("seed %d: chose %v, the slow twin %v", seed, got, slow)
		}
	}
}

// slowChoice builds the choice from cones.
func (w *choiceWorld) slowChoice() []dag.Index {
	p := w.rules.Prospect(w.choice.Member, dag.NoIndex)
	tips := w.choice.Tips
	dead := map[dag.Index]bool{}
	for len(p.Approves()) < dag.MaxApproves {
		best, gain := dag.NoIndex, uint64(0)
		for _, i := range tips {
			if g := w.slowGain(p.Approves(), i); g > gain && !dead[i] {
				best, gain = i, g
			}
		}
		if best == dag.NoIndex {
			break
		}
		dead[best] = true
		p.Approve(best)
	}
	for _, i := range tips {
		p.Approve(i)
	}
	return p.Approves()
}

func (w *choiceWorld) slowGain(approved []dag.Index, i dag.Index) (gain uint64) {
	before, added := w.slow.coneOf(approved...), w.slow.coneOf(i)
	for m := range w.rules.Committee().Len() {
		key := w.rules.Committee().Member(m).Key
		if !w.slow.forked(added, key) && !w.slow.forked(before, key) {
			old, now := w.highest(before, key), w.highest(added, key)
			gain += now - min(now, old)
		}
	}
	return gain
}

func (w *choiceWorld) highest(c cone, key dag.Key) (round uint64) {
	for i := range c {
		if e := w.arena.Event(i); e.Key() == key {
			round = max(round, e.Round())
		}
	}
	return round
}

// TestCandidateAndPayloadComeFirst offers more tips than an event can approve, with the wanted ones among the others.
func TestCandidateAndPayloadComeFirst(t *testing.T) {
	d := &drawing{t: t}
	d.run(`committee a=1 b=1 c=1 d=1 e=1 f=1 g=1 h=1 i=1 j=1 k=1 l=1
leaders j
add
a1 a 1 : / //
b1 b 1 : / //
c1 c 1 : / //
d1 d 1 : / //
e1 e 1 : / //
f1 f 1 : / //
g1 g 1 : / //
h1 h 1 : / //
i1 i 1 : / //
j1 j 1 : / //
k1 k 1 : / //
p x 0 : / // payload
q y 0 : / // payload
n z 0 : i1 j1 payload`)
	o := finality.NewOrder(d.world.rules)
	for _, i := range d.events {
		o.Attach(i)
	}
	number, _ := d.world.rules.Committee().Number(testKey("a"))
	tips := slices.DeleteFunc(slices.Clone(d.events), func(i dag.Index) bool {
		return slices.Contains([]string{"i1", "j1"}, d.label(i))
	})
	p := o.PickApprovals(finality.Choice{Member: number, Prev: d.event("a1"), Tips: tips, Payload: d.event("q")})
	got := p.Approves()
	if len(got) != dag.MaxApproves || d.label(got[0]) != "n" || d.label(got[1]) != "q" {
		t.Errorf("approves %v, want n, which holds the candidate, then q, then others", got)
	}
	if p.Candidate(1) != d.event("j1") || slices.Contains(got, d.event("a1")) || slices.Contains(got, d.event("p")) {
		t.Errorf("approves %v", got)
	}
	withoutTip := finality.Choice{Member: number, Prev: d.event("a1"), Tips: []dag.Index{d.event("b1")}, Payload: dag.NoIndex}
	if got := o.PickApprovals(withoutTip).Approves(); !slices.Equal(got, []dag.Index{d.event("j1"), d.event("b1")}) {
		t.Errorf("approves %v, want the candidate itself and b1", got)
	}
}

// TestManyTipsAreBounded offers thousands of tips: the oldest and the newest are looked at.
func TestManyTipsAreBounded(t *testing.T) {
	w := newWorld(mustCommittee(t, 1, 1), [32]byte{})
	var tips []dag.Index
	for n := range 2000 {
		i, err := w.add(t, draft{key: testKey("x" + string(rune(n))), prev: dag.NoIndex, approves: []dag.Index{0, 1}, payload: true})
		if err != nil {
			t.Fatal(err)
		}
		tips = append(tips, i)
	}
	m, err := w.add(t, draft{key: w.rules.Committee().Member(1).Key, prev: dag.NoIndex, approves: []dag.Index{0, 1}, round: 1})
	if err != nil {
		t.Fatal(err)
	}
	o := finality.NewOrder(w.rules)
	for _, i := range append(tips, m) {
		o.Attach(i)
	}
	got := o.PickApprovals(finality.Choice{Member: 0, Prev: dag.NoIndex, Tips: append(tips, m), Payload: dag.NoIndex}).Approves()
	if len(got) != dag.MaxApproves || got[0] != m || got[1] != tips[0] {
		t.Errorf("approves %v", got)
	}
}
