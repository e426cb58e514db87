package finality

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
)

const leaderPrefix = "lot/leader/v1\n"

// chooseLeader returns the number of the member that leads a slot. It takes
//
//	x = the first 8 bytes, big endian, of SHA-256("lot/leader/v1\n" ‖ seed ‖ epoch ‖ slot ‖ n)
//
// with epoch, slot and n as 8 bytes each, big endian, for n = 0, 1, ... until x is below the largest multiple of the total
// weight W that 64 bits hold, so that no member is favoured. The leader is the first member, in the order of keys,
// for which the weights up to and including its own add up to more than x mod W.
func chooseLeader(c *Committee, seed [32]byte, epoch, slot uint64) int {
	input := make([]byte, 0, len(leaderPrefix)+len(seed)+24)
	input = append(input, leaderPrefix...)
	input = append(input, seed[:]...)
	input = binary.BigEndian.AppendUint64(input, epoch)
	input = binary.BigEndian.AppendUint64(input, slot)
	limit := math.MaxUint64 - math.MaxUint64%c.total
	for n := uint64(0); ; n++ {
		hash := sha256.Sum256(binary.BigEndian.AppendUint64(input, n))
		if x := binary.BigEndian.Uint64(hash[:]); x < limit {
			return c.memberAt(x % c.total)
		}
	}
}

// memberAt returns the member that owns a point of the line on which the members' weights follow each other.
func (c *Committee) memberAt(point uint64) int {
	for n, m := range c.members {
		if point < m.Weight {
			return n
		}
		point -= m.Weight
	}
	return len(c.members) - 1
}
