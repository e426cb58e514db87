package snapshot

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/merklemap"
)

const (
	// MaxBits is the most that Bits returns, so that a state has at most 65,536 chunks unless some are cut in halves.
	MaxBits = 16
	// MaxHalvedBits is the most bits that a chunk may have. No one can afford to heap up too much for a chunk there.
	MaxHalvedBits = merklemap.MaxPrefixBits
	// MaxChunk is the longest chunk, in bytes.
	MaxChunk = merklemap.MaxPartSize

	// meanChunk is the length that the mean chunk of a state does not exceed. It leaves those that chance makes longer
	// some room below 512 KiB.
	meanChunk = 448 << 10
)

var (
	// ErrChunk is wrapped by every error of Open and Assemble that a chunk is to blame for.
	ErrChunk = merklemap.ErrPart
	// ErrTooLarge says that a part of the state is too long for a chunk: what is asked for instead is its halves, the
	// parts 2*part and 2*part+1 of one bit more.
	ErrTooLarge = merklemap.ErrPartTooLarge
)

// Entry is an entry of the state with its full key (see ledger.EntryKey).
type Entry = merklemap.Entry

// Bits returns into how many chunks a state is cut, as a power of two. It is a function of the entries alone. Chunks are
// 512 KiB or little more each at most, but for what chance or an adversary heaped up.
func Bits(s *ledger.State) int {
	size, bits := s.Size(), 0
	for bits < MaxBits && size>>bits > meanChunk {
		bits++
	}
	return bits
}

// Cut returns one of the 2^bits chunks of a state. Its cost is that of the chunk, not of the state. The error wraps
// ErrTooLarge, or ErrChunk if there can be no such part.
func Cut(s *ledger.State, bits, part int) ([]byte, error) {
	p, err := prefix(bits, part)
	if err != nil {
		return nil, err
	}
	return s.CutPart(p)
}

// Open verifies that a chunk is part number part of the 2^bits of the state with the given root, and returns its entries
// by rising SHA-256 of their keys: all that the state has there, and nothing else. They share the chunk's memory. Errors
// wrap ErrChunk.
func Open(root [32]byte, bits, part int, chunk []byte) (entries []Entry, err error) {
	p, err := prefix(bits, part)
	if err != nil {
		return nil, err
	}
	return merklemap.OpenPart(root, p, chunk)
}

func prefix(bits, part int) (merklemap.Prefix, error) {
	if part < 0 {
		return merklemap.Prefix{}, fmt.Errorf("%w: there is no part %d", ErrChunk, part)
	}
	return merklemap.Prefix{Bits: bits, Value: uint64(part)}, nil
}
