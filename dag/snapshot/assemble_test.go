package snapshot

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/merklemap"
)

// halve returns the chunk of a state with bits and part, cut in halves wherever choose says so.
func halve(t fataler, s *ledger.State, bits, part int, choose func(bits int) bool) []Chunk {
	t.Helper()
	if choose(bits) {
		return append(halve(t, s, bits+1, 2*part, choose), halve(t, s, bits+1, 2*part+1, choose)...)
	}
	b, err := Cut(s, bits, part)
	if err != nil {
		t.Fatalf("cut: %v", err)
	}
	return []Chunk{{bits, part, b}}
}

// TestAssembleHalved puts states together from chunks of different bits.
func TestAssembleHalved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := stateOf(t, rapid.IntRange(0, 40).Draw(t, "accounts"), rapid.SliceOfN(rapid.IntRange(0, 50), 0, 5).Draw(t, "lengths")...)
		chunks := halve(t, s, 0, 0, func(bits int) bool { return bits < 6 && rapid.Bool().Draw(t, "halve") })
		got, err := Assemble(s.Root(), slices.Values(chunks))
		if err != nil || got.Root() != s.Root() || !maps.Equal(entriesOf(got.Entries()), entriesOf(s.Entries())) {
			t.Fatalf("assembled from %d chunks: %v", len(chunks), err)
		}
		i := rapid.IntRange(0, len(chunks)-1).Draw(t, "missing")
		if _, err := Assemble(s.Root(), slices.Values(slices.Delete(slices.Clone(chunks), i, i+1))); !errors.Is(err, ErrChunk) {
			t.Fatalf("without chunk %d: %v", i, err)
		}
		again := slices.Insert(slices.Clone(chunks), rapid.IntRange(0, len(chunks)).Draw(t, "at"), chunks[i])
		if _, err := Assemble(s.Root(), slices.Values(again)); !errors.Is(err, ErrChunk) {
			t.Fatalf("with chunk %d again: %v", i, err)
		}
	})
}

func TestAssembleRefused(t *testing.T) {
	s := stateOf(t, 100)
	good := cutAll(t, s, 2)
	other := cutAll(t, stateOf(t, 101), 2)
	edit := func(change func(c []Chunk) []Chunk) []Chunk { return change(slices.Clone(good)) }
	for name, chunks := range map[string][]Chunk{
		"none":        nil,
		"swapped":     edit(func(c []Chunk) []Chunk { c[1], c[2] = c[2], c[1]; return c }),
		"backwards":   edit(func(c []Chunk) []Chunk { slices.Reverse(c); return c }),
		"another's":   edit(func(c []Chunk) []Chunk { c[3] = other[3]; return c }),
		"misnumbered": edit(func(c []Chunk) []Chunk { c[1].Part = 2; return c }),
		"damaged":     edit(func(c []Chunk) []Chunk { c[0].Bytes = slices.Clone(c[0].Bytes); c[0].Bytes[9] ^= 4; return c }),
		"no bytes":    edit(func(c []Chunk) []Chunk { c[0].Bytes = nil; return c }),
		"twice all":   edit(func(c []Chunk) []Chunk { return append(c, good...) }),
		"whole, more": append(halve(t, s, 0, 0, func(int) bool { return false }), good[0]),
		"overlapping": edit(func(c []Chunk) []Chunk { return append(halve(t, s, 1, 0, func(int) bool { return false }), c[1:]...) }),
	} {
		if _, err := Assemble(s.Root(), slices.Values(chunks)); !errors.Is(err, ErrChunk) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Assemble(s.Root(), slices.Values(good)); err != nil {
		t.Error(err)
	}
}

// TestAssembleStopsAtAWrongChunk wants nothing to be fetched behind it.
func TestAssembleStopsAtAWrongChunk(t *testing.T) {
	s, taken := stateOf(t, 100), 0
	good := cutAll(t, s, 4)
	_, err := Assemble(s.Root(), func(yield func(Chunk) bool) {
		for i, c := range good {
			taken = i + 1
			if i == 5 {
				c.Bytes = []byte("wrong")
			}
			if !yield(c) {
				return
			}
		}
	})
	if !errors.Is(err, ErrChunk) || taken != 6 {
		t.Errorf("%d chunks taken: %v", taken, err)
	}
}

// TestAssembleWhatIsNoState has chunks that are all right and hold no state of the ledger.
func TestAssembleWhatIsNoState(t *testing.T) {
	m := merklemap.Map{}.Set([]byte("account/x"), []byte("short"))
	b, err := m.CutPart(merklemap.Prefix{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Assemble(m.Root(), slices.Values([]Chunk{{Bytes: b}})); !errors.Is(err, ledger.ErrEntries) || errors.Is(err, ErrChunk) {
		t.Error(err)
	}
}

// ExampleAssemble moves a state from a peer to a newcomer that knows nothing but its root.
func ExampleAssemble() {
	state, err := ledger.Genesis([]ledger.GenesisAccount{{Balance: 1000}})
	if err != nil {
		fmt.Println(err)
		return
	}
	bits := 1
	newcomer, err := Assemble(state.Root(), func(yield func(Chunk) bool) {
		for part := range 1 << bits {
			b, err := Cut(state, bits, part) // what a peer would send
			if err != nil || !yield(Chunk{bits, part, b}) {
				return
			}
		}
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(newcomer.Supply(), newcomer.Root() == state.Root())
	// Output: 1000 true
}
