package dag_test

import (
	"errors"
	"math/rand/v2"
	"slices"

	"github.com/ledgerofthings/lot/dag"
)

// testNetwork is the network of all events of these tests.
var testNetwork = dag.NetworkID{0xaa}

// fataler is what a test and a rapid test have in common.
type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func root(n int) dag.ID { return dag.FirstOrigin(testNetwork).Root(n) }

func roots() []dag.ID { return []dag.ID{root(0), root(1)} }

func keyNumber(n int) dag.Key { return dag.Key{31: byte(n), 30: byte(n >> 8), 29: 1} }

// draft returns the fields of a payload event that follows prev (nil for the first) and approves what is given, or the roots.
func draft(key int, prev *dag.Event, approves ...dag.ID) dag.Fields {
	f := dag.Fields{Network: testNetwork, Key: keyNumber(key), Seq: 1, Approves: approves, Time: 1000, Epoch: 1, Kind: "test"}
	if prev != nil {
		f.Seq, f.Prev, f.Time, f.Epoch = prev.Seq()+1, prev.ID(), prev.Time()+1, prev.Epoch()
	}
	if len(approves) == 0 {
		f.Approves = roots()
	}
	return f
}

// unsigned makes an event of fields as if its signature had been checked.
func unsigned(t fataler, f dag.Fields) dag.Verified {
	t.Helper()
	f.Approves = slices.Clone(f.Approves)
	slices.SortFunc(f.Approves, dag.ID.Compare)
	v, err := dag.Unsigned(f)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// next makes the payload event that draft describes.
func next(t fataler, key int, prev *dag.Event, approves ...dag.ID) dag.Verified {
	t.Helper()
	return unsigned(t, draft(key, prev, approves...))
}

// chainOf makes n events of a key, each the prev of the next and all approving the roots. tag tells chains apart.
func chainOf(t fataler, key int, tag byte, prev *dag.Event, n int) (list []dag.Verified) {
	t.Helper()
	for range n {
		f := draft(key, prev)
		f.Body = []byte{tag}
		v := unsigned(t, f)
		list, prev = append(list, v), v.Event
	}
	return list
}

// judgeFunc is a function as a dag.Judge.
type judgeFunc func(a *dag.Arena, i dag.Index) error

func (f judgeFunc) Judge(a *dag.Arena, i dag.Index) error { return f(a, i) }

// refuseBad refuses events of kind "bad".
var refuseBad = judgeFunc(func(a *dag.Arena, i dag.Index) error {
	if a.Event(i).Kind() == "bad" {
		return errors.New("kind bad")
	}
	return nil
})

func newArena() *dag.Arena { return dag.NewArena(dag.FirstOrigin(testNetwork), 2, refuseBad) }

// wideLimits hold whatever a test brings.
var wideLimits = dag.Limits{WaitingCount: 1 << 20, WaitingBytes: 1 << 30, TipAge: 1 << 40}

func newGraph() *dag.Graph { return dag.NewGraph(newArena(), wideLimits) }

// mustAdd adds events one by one and fails unless all of them are attached.
func mustAdd(t fataler, g *dag.Graph, events ...dag.Verified) {
	t.Helper()
	for _, v := range events {
		r, err := g.Add(v, "", v.Time())
		if err != nil || len(r.Attached) == 0 {
			t.Fatalf("add %s: %v, %+v", v.ID(), err, r)
		}
	}
}

// dagShape says how a random graph is made.
type dagShape struct {
	events, keys int
	forkers      int     // the first keys, which fork now and then
	bad          float64 // share of invalid events
	witness      float64 // share of witness events
	apart        int     // the numbers of the keys are multiples of it; 0 for 1
}

// grower makes a random graph event by event, parents first.
type grower struct {
	shape  dagShape
	random *rand.Rand
	all    []dag.Verified
	byKey  [][]dag.Verified
}

func randomEvents(t fataler, random *rand.Rand, shape dagShape) []dag.Verified {
	t.Helper()
	g := &grower{shape: shape, random: random, byKey: make([][]dag.Verified, shape.keys)}
	for range shape.events {
		g.grow(t)
	}
	return g.all
}

func (g *grower) grow(t fataler) {
	key := g.random.IntN(g.shape.keys)
	prev := g.prev(key)
	f := draft(key*max(1, g.shape.apart), prev)
	f.Approves = g.approves(f.Prev)
	f.Body = []byte{byte(g.random.IntN(256)), byte(g.random.IntN(256)), byte(g.random.IntN(256))}
	switch p := g.random.Float64(); {
	case p < g.shape.bad:
		f.Kind = "bad"
	case p < g.shape.bad+g.shape.witness:
		f.Kind, f.Body, f.Round = "", nil, 1+g.random.Uint64N(1<<40)
	}
	v := unsigned(t, f)
	g.all, g.byKey[key] = append(g.all, v), append(g.byKey[key], v)
}

// prev returns the key's newest event; of a key that forks now and then an older one, or none.
func (g *grower) prev(key int) *dag.Event {
	own := g.byKey[key]
	n := len(own) - 1
	if key < g.shape.forkers && g.random.IntN(5) == 0 {
		n = g.random.IntN(len(own)+1) - 1
	}
	if n < 0 {
		return nil
	}
	return own[n].Event
}

// approves returns two of the newest events or roots other than prev.
func (g *grower) approves(prev dag.ID) (ids []dag.ID) {
	for len(ids) < 2 {
		n := len(g.all) - g.random.IntN(20)
		id := root(g.random.IntN(2))
		if n > 0 && n < len(g.all) {
			id = g.all[n].ID()
		}
		if id != prev && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// shuffled returns the events in a random order.
func shuffled(random *rand.Rand, events []dag.Verified) []dag.Verified {
	events = slices.Clone(events)
	random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	return events
}

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 7)) }
