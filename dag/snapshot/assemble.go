package snapshot

import (
	"fmt"
	"iter"

	"github.com/ledgerofthings/lot/dag/ledger"
)

// Chunk is part number Part of the 2^Bits parts of a state, verified or not.
type Chunk struct {
	Bits, Part int
	Bytes      []byte // as Cut returned it
}

// Assemble returns the state with the given root from its chunks, which it verifies, one at a time. They come in the order
// of their places, and may differ in their bits. Errors wrap ErrChunk if a chunk is wrong or one is missing, and
// ledger.ErrEntries if all are there and what they hold is no state.
func Assemble(root [32]byte, chunks iter.Seq[Chunk]) (*ledger.State, error) {
	a := assembly{root: root}
	state, err := ledger.Load(a.entries(chunks))
	switch {
	case a.err != nil:
		return nil, fmt.Errorf("assemble state: %w", a.err)
	case err != nil:
		return nil, fmt.Errorf("assemble state: %w", err)
	case state.Root() != root:
		return nil, fmt.Errorf("assemble state: %w: the entries have another root", ErrChunk)
	}
	return state, nil
}

// assembly is how far a state is put together.
type assembly struct {
	root  [32]byte
	begun bool
	next  uint64 // where the next chunk must begin: the first 64 bits of its places; 0 again at the end
	err   error
}

// entries iterates over the entries of the chunks, until one of them is wrong; then err is set.
func (a *assembly) entries(chunks iter.Seq[Chunk]) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		for c := range chunks {
			var entries []Entry
			if entries, a.err = a.open(c); a.err != nil {
				return
			}
			for _, e := range entries {
				if !yield(e.Key, e.Value) {
					return
				}
			}
		}
		if !a.complete() {
			a.err = fmt.Errorf("%w: no chunk begins at %#016x", ErrChunk, a.next)
		}
	}
}

// open verifies a chunk and that it begins where the one before it ended.
func (a *assembly) open(c Chunk) ([]Entry, error) {
	entries, err := Open(a.root, c.Bits, c.Part, c.Bytes)
	if err != nil {
		return nil, err
	}
	start := uint64(c.Part) << (64 - c.Bits)
	if a.complete() || start != a.next {
		return nil, fmt.Errorf("%w: part %d of %d bits does not follow the chunk before it", ErrChunk, c.Part, c.Bits)
	}
	a.begun = true
	a.next = start + 1<<(64-c.Bits) // no bits, or the last part, lead to 0
	return entries, nil
}

func (a *assembly) complete() bool { return a.begun && a.next == 0 }
