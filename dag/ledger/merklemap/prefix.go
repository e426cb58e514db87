package merklemap

import (
	"encoding/binary"
	"fmt"
)

// MaxPrefixBits is the longest prefix. Whoever wants entries of their own choice below one of that length has to try 2^62
// keys for each, so a part can be halved until it is small enough, whatever keys an adversary picks.
const MaxPrefixBits = 62

// Prefix stands for one of the 2^Bits parts into which the first bits of the paths divide a map: for the entries whose
// path begins with the bits of Value.
type Prefix struct {
	Bits  int    // how many bits, 0 for the whole map, at most MaxPrefixBits
	Value uint64 // the bits as a number, the first one the most significant; below 2^Bits
}

// Halves returns the two prefixes into which p is divided by one bit more.
func (p Prefix) Halves() (zero, one Prefix) {
	return Prefix{p.Bits + 1, 2 * p.Value}, Prefix{p.Bits + 1, 2*p.Value + 1}
}

// String returns the bits as a number in binary, all of them: "0b0101".
func (p Prefix) String() string {
	if p.Bits == 0 {
		return "0b"
	}
	return fmt.Sprintf("0b%0*b", p.Bits, p.Value)
}

func (p Prefix) check() error {
	if p.Bits < 0 || p.Bits > MaxPrefixBits {
		return fmt.Errorf("%w: a prefix of %d bits, want 0 to %d", ErrPart, p.Bits, MaxPrefixBits)
	}
	if p.Value>>p.Bits != 0 {
		return fmt.Errorf("%w: prefix %d does not fit into %d bits", ErrPart, p.Value, p.Bits)
	}
	return nil
}

// lowest returns the first of all paths with the prefix: its bits, and zeros.
func (p Prefix) lowest() (out path) {
	binary.BigEndian.PutUint64(out[:], p.Value<<(64-p.Bits))
	return out
}

// has reports whether q begins with the prefix.
func (p Prefix) has(q *path) bool {
	lowest := p.lowest()
	return firstDifference(&lowest, q) >= p.Bits
}
