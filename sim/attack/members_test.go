package attack_test

import (
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
)

func TestSilentIssuesNothingUntilItEnds(t *testing.T) {
	w := newWorld(t, 1, 4, 0)
	w.start()
	w.attack("silent", nil, 5000, 0)
	silent := w.nodes[0]
	w.load(4600)
	for _, s := range silent.said {
		if len(s.Broadcasts) > 0 {
			t.Fatalf("it broadcasts on %s", s.Broadcasts[0].Topic)
		}
	}
	silent.step(engine.Transfer{Ticket: 1 << 40, To: w.nodes[1].self.Account, Amount: 1})
	if r := silent.replies[1<<40].Refusal; r == nil || r.Code != engine.CodeBusy {
		t.Fatalf("its payment is answered with %v", r)
	}
	if silent.engine.Overview().Commits == 0 {
		t.Fatal("it does not follow the order")
	}
	w.load(2000)
	w.settle(20_000)
	if events, _ := silent.published(); len(events) == 0 {
		t.Fatal("it is still silent after the attack")
	}
}

func TestThirdOfTheWeightSilentStopsTheOrderForAsLong(t *testing.T) {
	w := newWorld(t, 2, 6, 0)
	w.start()
	w.load(1000)
	w.settle(10_000)
	w.attack("silent", nil, 5000, 0, 1)
	w.run(500) // what is under way
	before := w.nodes[5].engine.Overview().Commits
	w.load(4000)
	if after := w.nodes[5].engine.Overview().Commits; after != before {
		t.Fatalf("%d commits without a quorum", after-before)
	}
	w.settle(30_000)
}

func TestRoundJumpIsAheadOfTheOthers(t *testing.T) {
	var first [4]int
	for seed := uint64(3); seed < 9; seed++ { // one run has too few rounds to tell
		w := newWorld(t, seed, 4, 0)
		w.start()
		w.attack("round-jump", nil, 6000, 2)
		w.load(6000)
		if events, _ := w.nodes[2].published(); len(events) < 20 {
			t.Fatalf("it issued only %d events", len(events))
		}
		for n, rounds := range w.firstInRounds() {
			first[n] += rounds
		}
		w.settle(20_000)
	}
	for n, rounds := range first {
		if n != 2 && 4*first[2] < 5*rounds {
			t.Fatalf("each was the first in so many rounds: %v; that is not how it is if 2 waits for nothing", first)
		}
	}
}

// firstInRounds returns in how many rounds each node's event was the first.
func (w *world) firstInRounds() []int {
	earliest, by := map[uint64]uint64{}, map[uint64]int{}
	for n, node := range w.nodes {
		g := node.engine.Graph()
		for k := range g.Len() {
			e := g.Arena().Event(g.At(k))
			if e.Key() != node.self.Signer.Key() || e.Round() == 0 {
				continue
			}
			if at, ok := earliest[e.Round()]; !ok || e.Time() < at {
				earliest[e.Round()], by[e.Round()] = e.Time(), n
			}
		}
	}
	first := make([]int, len(w.nodes))
	for _, n := range by {
		first[n]++
	}
	return first
}

// nilShare returns which share of a member's votes are nil, and of how many.
func nilShare(w *world, member int) (share float64, votes int) {
	e := w.honest()[0].engine
	g, r := e.Graph(), e.Rules()
	none := 0
	for k := range g.Len() {
		i := g.At(k)
		if g.Arena().Event(i).Key() != w.nodes[member].self.Signer.Key() || r.Round(i) < 2 {
			continue
		}
		if candidate, cast := r.Vote(i, r.Round(i)-1); cast {
			votes++
			if candidate == dag.NoIndex {
				none++
			}
		}
	}
	return float64(none) / float64(max(1, votes)), votes
}

func TestNilVoteVotesNilMoreThanOthers(t *testing.T) {
	w := newWorld(t, 4, 4, 0)
	w.start()
	w.attack("nil-vote", nil, 8000, 3)
	w.load(8000)
	own, votes := nilShare(w, 3)
	honest, _ := nilShare(w, 0)
	if votes < 20 || own < 0.5 || own < 2*honest {
		t.Fatalf("nil in %.2f of its %d votes, in %.2f of an honest member's", own, votes, honest)
	}
	w.settle(20_000)
}

func TestWithholdRevealsLateAndInBulk(t *testing.T) {
	w := newWorld(t, 5, 4, 0)
	w.start()
	w.attack("withhold", map[string]float64{"hold": 1500}, 8000, 1)
	bulk := 0
	for range 80 {
		w.load(100)
		for _, s := range w.nodes[1].said {
			bulk = max(bulk, len(s.Broadcasts))
		}
	}
	events, at := w.nodes[1].published()
	late := 0
	for n, e := range events {
		if at[n]-e.Time() >= 1000 {
			late++
		}
	}
	if bulk < 5 || late == 0 {
		t.Fatalf("at most %d at once, %d of %d late", bulk, late, len(events))
	}
	w.settle(20_000)
}

func TestWithheldEventsAreInNoAnswer(t *testing.T) {
	w := newWorld(t, 6, 4, 0)
	w.start()
	w.attack("withhold", map[string]float64{"hold": 60_000}, 60_000, 1)
	w.load(10_000)
	key := w.nodes[1].self.Signer.Key()
	own := 0
	w.nodes[1].engine.Frontier(func(k dag.Key, seq uint64) {
		if k == key {
			own = int(seq)
		}
	})
	if own < 3 {
		t.Fatalf("it issued only %d events", own)
	}
	for _, h := range w.honest() {
		h.engine.Frontier(func(k dag.Key, seq uint64) {
			if k == key && seq > 1 {
				t.Errorf("node %d has %d of its events", h.number, seq)
			}
		})
	}
}

func TestClockSkewMovesItsEventsAndNobodyElse(t *testing.T) {
	cases := []struct {
		name   string
		offset float64
	}{{"ahead", 3_600_000}, {"behind", -3_600_000}}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, 7, 4, 1)
			w.start()
			w.load(1000)
			w.attack("clock-skew", map[string]float64{"offset": c.offset}, 5000, 0, 4)
			w.load(4900)
			for _, liar := range []*node{w.nodes[0], w.nodes[4]} {
				events, at := liar.published()
				if len(events) < 4 {
					t.Fatalf("node %d issued only %d events", liar.number, len(events))
				}
				last := events[len(events)-1]
				if skew := int64(last.Time()) - int64(at[len(at)-1]); c.offset > 0 && skew != int64(c.offset) || skew == 0 {
					t.Fatalf("node %d claims %d ms beside the clock", liar.number, skew)
				}
			}
			w.settle(20_000)
			o := w.honest()[0].engine.Overview()
			if skew := int64(w.now) - int64(o.LedgerTime); skew < -1000 || skew > 20_000 {
				t.Fatalf("ledger time is %d ms behind", skew)
			}
		})
	}
}
