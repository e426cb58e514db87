package snapshot

import (
	"encoding/binary"
	"iter"

	"github.com/ledgerofthings/lot/dag/ledger"
)

// fataler is what tests, benchmarks and rapid have in common.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// stateOf returns a state of some accounts, and as many entries of a module as there are lengths, with values so long.
func stateOf(t fataler, accounts int, lengths ...int) *ledger.State {
	t.Helper()
	listed := make([]ledger.GenesisAccount, accounts)
	for i := range listed {
		binary.BigEndian.PutUint64(listed[i].Account[:], uint64(i))
		listed[i].Balance = uint64(i)
	}
	s, err := ledger.Genesis(listed)
	if err != nil {
		t.Fatalf("genesis: %v", err)
	}
	if len(lengths) == 0 {
		return s
	}
	s, err = ledger.Load(func(yield func(key, value []byte) bool) {
		for key, value := range s.Entries() {
			if !yield(key, value) {
				return
			}
		}
		for i, n := range lengths {
			if !yield(ledger.EntryKey("blob", binary.BigEndian.AppendUint64(nil, uint64(i))), make([]byte, n)) {
				return
			}
		}
	})
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	return s
}

func repeated(length, times int) []int {
	out := make([]int, times)
	for i := range out {
		out[i] = length
	}
	return out
}

// cutAll returns the chunks of a state.
func cutAll(t fataler, s *ledger.State, bits int) (out []Chunk) {
	t.Helper()
	for part := range 1 << bits {
		b, err := Cut(s, bits, part)
		if err != nil {
			t.Fatalf("cut part %d of %d bits: %v", part, bits, err)
		}
		out = append(out, Chunk{bits, part, b})
	}
	return out
}

// entriesOf copies a state's entries.
func entriesOf(entries iter.Seq2[[]byte, []byte]) map[string]string {
	out := map[string]string{}
	for key, value := range entries {
		out[string(key)] = string(value)
	}
	return out
}
