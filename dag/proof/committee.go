package proof

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/ledgerofthings/lot/dag"
)

// Limits of a committee.
const (
	// MaxMembers is the largest committee. It is also the most signatures that common readers of notes accept.
	MaxMembers = 100
	// MaxNameLength bounds a member's name, in bytes.
	MaxNameLength = 64
)

// ErrCommittee is wrapped by every fault that Committee.Validate finds.
var ErrCommittee = errors.New("not a committee")

// Member is one that cosigns checkpoints.
type Member struct {
	Name   string  // UTF-8 without control characters, 1 to MaxNameLength bytes
	Weight uint64  // above 0
	Cosign dag.Key // signs cosignatures and nothing else
}

// Committee is who cosigns the log of one network. The order of its members is part of it: cosignatures name a member by
// its index, and signatures stand in this order in a note.
type Committee struct {
	Network dag.NetworkID
	Epoch   uint64 // in which it cosigns; not part of Hash, so a committee that stays has one hash
	Members []Member
}

// Validate reports all faults together: 1 to MaxMembers members, weights above 0 with a sum of at most dag.MaxInteger,
// distinct and printable names, distinct keys. Every function that takes a committee from outside calls it.
func (c Committee) Validate() error {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("%w: "+format, append([]any{ErrCommittee}, args...)...))
	}
	if c.Network.IsZero() {
		fault("its network id is not set")
	}
	if len(c.Members) == 0 || len(c.Members) > MaxMembers {
		fault("%d members, want 1 to %d", len(c.Members), MaxMembers)
		return errors.Join(faults...)
	}
	var sum uint64
	names, keys := make(map[string]int), make(map[dag.Key]int)
	for i, m := range c.Members {
		if err := checkName(m.Name); err != nil {
			fault("member %d: %w", i, err)
		}
		if m.Weight == 0 || m.Weight > dag.MaxInteger-sum {
			fault("member %d (%q): weight %d: want at least 1, and a sum of at most %d", i, m.Name, m.Weight, uint64(dag.MaxInteger))
		} else {
			sum += m.Weight
		}
		if m.Cosign.IsZero() {
			fault("member %d (%q) has no key", i, m.Name)
		}
		if first, taken := names[m.Name]; taken {
			fault("members %d and %d have the same name %q", first, i, m.Name)
		}
		if first, taken := keys[m.Cosign]; taken {
			fault("members %d and %d have the same key %s", first, i, m.Cosign)
		}
		names[m.Name], keys[m.Cosign] = i, i
	}
	return errors.Join(faults...)
}

func checkName(name string) error {
	if name == "" || len(name) > MaxNameLength {
		return fmt.Errorf("its name has %d bytes, want 1 to %d", len(name), MaxNameLength)
	}
	if !utf8.ValidString(name) {
		return fmt.Errorf("its name %q is not UTF-8", name)
	}
	for _, r := range name {
		if unicode.IsControl(r) {
			return fmt.Errorf("its name %q has a control character", name)
		}
	}
	return nil
}

// Hash names the committee in closing leaves: SHA-256 over "lot/committee/v1\n", the network id, the number of members,
// and for each its key, its weight, the length of its name and the name. Integers take 8 bytes, most significant first.
func (c Committee) Hash() Hash {
	b := append([]byte("lot/committee/v1\n"), c.Network[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(len(c.Members)))
	for _, m := range c.Members {
		b = append(b, m.Cosign[:]...)
		b = binary.BigEndian.AppendUint64(b, m.Weight)
		b = binary.BigEndian.AppendUint64(b, uint64(len(m.Name)))
		b = append(b, m.Name...)
	}
	return sha256.Sum256(b)
}

// Total returns the weight of all members.
func (c Committee) Total() uint64 {
	var sum uint64
	for _, m := range c.Members {
		sum += m.Weight
	}
	return sum
}

// Quorum reports whether weight is MORE than two thirds of the total. Two sets of that weight share a member that is not
// faulty as long as less than a third is. Sums stay below 2^53, so the products cannot overflow.
func (c Committee) Quorum(weight uint64) bool { return 3*weight > 2*c.Total() }

// Index returns the place of the member with that key.
func (c Committee) Index(key dag.Key) (int, bool) {
	for i, m := range c.Members {
		if m.Cosign == key {
			return i, true
		}
	}
	return 0, false
}
