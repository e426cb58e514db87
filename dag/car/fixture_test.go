package car

import (
	"bytes"
	"slices"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

// fataler is what tests, benchmarks and rapid have in common.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// graphRoots are what the first events of a graph approve: digests of no block.
var graphRoots = []dag.ID{{1}, {2}}

// tangle makes n events of some keys, parents first. Each approves two that choose names by their number, from -2, which
// stands for the graph's roots.
func tangle(t fataler, n int, choose func(least, below int) int) (events []*dag.Event) {
	t.Helper()
	last := map[int]*dag.Event{}
	for i := range n {
		who := i % 3
		signer := dag.NewSigner([32]byte{0: byte(who), 31: 1})
		f := dag.Fields{
			Network: dag.NetworkID{7}, Key: signer.Key(), Account: dag.AccountOf(signer.Key()), Seq: 1, Time: uint64(1000 + i), Epoch: 1,
			Kind: "test", Body: bytes.Repeat([]byte{byte(i)}, i%50),
		}
		if prev := last[who]; prev != nil {
			f.Seq, f.Prev = prev.Seq()+1, prev.ID()
		}
		f.Approves = parents(events, f.Prev, choose)
		v, err := f.Sign(signer)
		if err != nil {
			t.Fatalf("sign: %v", err)
		}
		last[who] = v.Event
		events = append(events, v.Event)
	}
	return events
}

// parents returns two different ids that are not prev.
func parents(events []*dag.Event, prev dag.ID, choose func(least, below int) int) []dag.ID {
	var out []dag.ID
	for _, root := range graphRoots {
		id := root
		if i := choose(-2, len(events)); i >= 0 && events[i].ID() != prev && !slices.Contains(out, events[i].ID()) {
			id = events[i].ID()
		}
		out = append(out, id)
	}
	return out
}

// newest has every event approve those just before it.
func newest(least, below int) int { return below - 2 }

// drawn has events approve any.
func drawn(t *rapid.T) func(least, below int) int {
	return func(least, below int) int { return rapid.IntRange(least, below-1).Draw(t, "parent") }
}

// heads returns the events that no other names.
func heads(events []*dag.Event) (out []dag.ID) {
	named := map[dag.ID]bool{}
	for _, e := range events {
		named[e.Prev()] = true
		for _, id := range e.Approves() {
			named[id] = true
		}
	}
	for _, e := range events {
		if !named[e.ID()] {
			out = append(out, e.ID())
		}
	}
	return out
}

// archive returns the archive of some events.
func archive(t fataler, events []*dag.Event) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, heads(events), slices.Values(events)); err != nil {
		t.Fatalf("write: %v", err)
	}
	return out.Bytes()
}

// read returns the blocks that Read visits.
func read(b []byte) (blocks [][]byte, err error) {
	err = Read(bytes.NewReader(b), func(e *dag.Event) error {
		blocks = append(blocks, e.Block())
		return nil
	})
	return blocks, err
}

func blocksOf(events []*dag.Event) (out [][]byte) {
	for _, e := range events {
		out = append(out, e.Block())
	}
	return out
}
