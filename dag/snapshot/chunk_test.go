package snapshot

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/merklemap"
)

// TestBits holds the number and the lengths of chunks of states of many sorts against what is promised.
func TestBits(t *testing.T) {
	const about = 544 << 10 // 512 KiB and what chance adds to one among many
	for _, c := range []struct {
		name   string
		state  *ledger.State
		bits   int
		atMost int
	}{
		{"no account", stateOf(t, 0), 0, 1 << 10},
		{"a few", stateOf(t, 1000), 0, 64 << 10},
		{"many accounts", stateOf(t, 25_000), 2, about},
		{"values of 1 KiB", stateOf(t, 10, repeated(1<<10, 12_000)...), 5, about},
		{"longest values", stateOf(t, 10, repeated(ledger.MaxValueLength, 300)...), 6, MaxChunk / 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Bits(c.state); got != c.bits {
				t.Errorf("%d bits for %d bytes, want %d", got, c.state.Size(), c.bits)
			}
			chunks := cutAll(t, c.state, Bits(c.state))
			for _, chunk := range chunks {
				if len(chunk.Bytes) > c.atMost {
					t.Errorf("part %d has %d bytes, at most %d are wanted", chunk.Part, len(chunk.Bytes), c.atMost)
				}
			}
			assembled, err := Assemble(c.state.Root(), slices.Values(chunks))
			if err != nil || !maps.Equal(entriesOf(assembled.Entries()), entriesOf(c.state.Entries())) || Bits(assembled) != c.bits {
				t.Errorf("assembled: %v", err)
			}
		})
	}
}

// TestChunksHoldAllOnce opens all chunks of random states and wants every entry in one of them.
func TestChunksHoldAllOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := stateOf(t, rapid.IntRange(0, 30).Draw(t, "accounts"), rapid.SliceOfN(rapid.IntRange(0, 300), 0, 9).Draw(t, "lengths")...)
		bits := rapid.IntRange(0, 7).Draw(t, "bits")
		found := map[string]string{}
		for _, c := range cutAll(t, s, bits) {
			entries, err := Open(s.Root(), bits, c.Part, c.Bytes)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if _, twice := found[string(e.Key)]; twice {
					t.Fatalf("%q twice", e.Key)
				}
				found[string(e.Key)] = string(e.Value)
			}
		}
		if !maps.Equal(found, entriesOf(s.Entries())) {
			t.Fatalf("chunks hold %v", found)
		}
	})
}

func TestRefusesWhatIsNoPart(t *testing.T) {
	s := stateOf(t, 5)
	for _, c := range []struct{ bits, part int }{{0, 1}, {0, -1}, {4, 16}, {4, -16}, {-1, 0}, {MaxHalvedBits + 1, 0}, {64, 0}} {
		if _, err := Cut(s, c.bits, c.part); !errors.Is(err, ErrChunk) {
			t.Errorf("cut part %d of %d bits: %v", c.part, c.bits, err)
		}
		if _, err := Open(s.Root(), c.bits, c.part, []byte{0}); !errors.Is(err, ErrChunk) {
			t.Errorf("open part %d of %d bits: %v", c.part, c.bits, err)
		}
	}
}

// TestStateOfAnotherTime wants no chunk of a state to pass for one of the state after a single change.
func TestStateOfAnotherTime(t *testing.T) {
	old, next := stateOf(t, 200), stateOf(t, 201)
	for _, c := range cutAll(t, old, 3) {
		if _, err := Open(next.Root(), c.Bits, c.Part, c.Bytes); !errors.Is(err, ErrChunk) {
			t.Errorf("part %d of an old state opens: %v", c.Part, err)
		}
	}
}

// TestEveryEntryFits compares the limits of the ledger's entries with those of a chunk's.
func TestEveryEntryFits(t *testing.T) {
	const longestName = 32 // of a module
	longestKey := len("deadline/") + longestName + len("/") + ledger.MaxKeyLength
	if longestKey > merklemap.MaxPartKey || ledger.MaxValueLength > merklemap.MaxPartValue {
		t.Errorf("a key of %d or a value of %d bytes fits into no chunk", longestKey, ledger.MaxValueLength)
	}
	s := stateOf(t, 1, ledger.MaxValueLength)
	if _, err := Assemble(s.Root(), slices.Values(cutAll(t, s, 1))); err != nil {
		t.Error(err)
	}
}

// FuzzOpen wants that what opens as a chunk is the chunk.
func FuzzOpen(f *testing.F) {
	s := stateOf(f, 40, 3, 200)
	for _, c := range cutAll(f, s, 2) {
		f.Add(c.Bits, c.Part, c.Bytes)
	}
	f.Add(MaxHalvedBits, 5, []byte{0})
	f.Fuzz(func(t *testing.T, bits, part int, b []byte) {
		_, err := Open(s.Root(), bits, part, b)
		if err != nil {
			if !errors.Is(err, ErrChunk) {
				t.Fatalf("%v does not wrap ErrChunk", err)
			}
			return
		}
		if want, err := Cut(s, bits, part); err != nil || string(want) != string(b) {
			t.Fatalf("part %d of %d bits opens from %x: %v", part, bits, b, err)
		}
	})
}
