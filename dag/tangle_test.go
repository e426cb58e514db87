package dag_test

import (
	"cmp"
	"container/heap"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/ledgerofthings/lot/dag"
)

// tangle is one graph that all issuers see with a constant delay: an event made at time t approves what was attached by
// then and is attached itself at t plus the delay. Events come as a Poisson process; no two are of one key in short
// order, so that no prev stands in the way.
type tangle struct {
	graph    *dag.Graph
	delay    float64 // ms
	rate     float64 // events per ms
	approves int
	transit  transit
	made     map[dag.ID]float64 // when it was made, of what nothing attached approves
	count    int

	tipTime, waited float64 // tips times ms; sum of the times to first approval
	approved        int
}

type flight struct {
	at    float64
	event dag.Verified
}

type transit []flight

func (q transit) Len() int           { return len(q) }
func (q transit) Less(i, j int) bool { return cmp.Less(q[i].at, q[j].at) }
func (q transit) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *transit) Push(x any)        { *q = append(*q, x.(flight)) }
func (q *transit) Pop() any {
	last := len(*q) - 1
	f := (*q)[last]
	*q = (*q)[:last]
	return f
}

// run lets n events be made and measures from the given one on. It returns the mean number of tips and the mean time to
// first approval, both in units of the theory: rate times delay, and delay. The time is taken from when an event is made to
// when the first is made that approves it.
func (w *tangle) run(t testing.TB, n, from int) (tips, wait float64) {
	random := seeded(uint64(w.approves))
	now, start := 0.0, 0.0
	for w.count < n {
		issue := now + random.ExpFloat64()/w.rate
		for len(w.transit) > 0 && w.transit[0].at <= issue {
			f := heap.Pop(&w.transit).(flight)
			w.pass(f.at-now, from)
			now = f.at
			if _, err := w.graph.Add(f.event, "", uint64(now)); err != nil {
				t.Fatal(err)
			}
		}
		w.pass(issue-now, from)
		now = issue
		if w.count == from {
			start = now
		}
		w.issue(t, now, w.graph.ChooseTips(w.approves, dag.NoIndex, uint64(now), random), from)
	}
	return w.tipTime / (now - start) / (w.rate * w.delay), w.waited / float64(w.approved) / w.delay
}

func (w *tangle) pass(ms float64, from int) {
	if w.count > from {
		w.tipTime += ms * float64(len(w.graph.Tips()))
	}
}

func (w *tangle) issue(t testing.TB, now float64, parents []dag.Index, from int) {
	f := draft(w.count, nil)
	f.Key = dag.Key{29: byte(w.count >> 16), 30: byte(w.count >> 8), 31: byte(w.count), 28: 1}
	f.Approves = nil
	for _, i := range parents {
		id := w.graph.Arena().ID(i)
		f.Approves = append(f.Approves, id)
		if made, first := w.made[id]; first {
			delete(w.made, id)
			if w.count > from {
				w.waited += now - made
				w.approved++
			}
		}
	}
	v := unsigned(t, f)
	w.made[v.ID()] = now
	heap.Push(&w.transit, flight{at: now + w.delay, event: v})
	w.count++
}

// With k approvals, rate lambda and delay h the number of tips is L0 = k*lambda*h/(k-1), and the time to the first approval
// is the delay and the mean wait of a tip, L0/(k*lambda): see S. Popov, "The Tangle", section 3. The true means lie close
// by: 1.995, 1.497, 1.330 and 1.142 lambda*h, and 1.99h, 1.50h, 1.33h and 1.14h.
func TestTangleHasTheTipsThatTheorySays(t *testing.T) {
	events, tolerance := 40_000, 0.02
	if os.Getenv("LOT_SOAK") != "" {
		events, tolerance = 1_500_000, 0.008
	}
	for k, want := range map[int]struct{ tips, wait float64 }{2: {1.995, 1.99}, 3: {1.497, 1.50}, 4: {1.330, 1.33}, 8: {1.142, 1.14}} {
		t.Run(fmt.Sprint(k), func(t *testing.T) {
			arena := dag.NewArena(dag.FirstOrigin(testNetwork), k)
			w := &tangle{graph: dag.NewGraph(arena, wideLimits), delay: 100, rate: 2, approves: k, made: map[dag.ID]float64{}}
			tips, wait := w.run(t, events, events/10)
			theory := float64(k) / float64(k-1)
			t.Logf("k=%d: %.3f tips per lambda*h (theory %.3f), first approval after %.3f h", k, tips, theory, wait)
			if math.Abs(tips/theory-1) > 0.02 || math.Abs(tips/want.tips-1) > tolerance {
				t.Errorf("%.3f tips per lambda*h, want %.3f", tips, want.tips)
			}
			if math.Abs(wait/want.wait-1) > tolerance {
				t.Errorf("first approval after %.3f h, want %.2f", wait, want.wait)
			}
		})
	}
}
