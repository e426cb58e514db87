package proof

import (
	"encoding/binary"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"github.com/ledgerofthings/lot/dag"
)

// roll reads the signature lines of one note for package note, which on its own overlooks unknown keys and repetitions.
type roll struct {
	committee Committee
	head      TreeHead
	members   map[string]int // index in the committee, by key name
	present   []VerifiedCosignature
	fault     error // of the line that package note refused
}

func newRoll(committee Committee, head TreeHead) *roll {
	members := make(map[string]int, len(committee.Members))
	for i, m := range committee.Members {
		members[m.NoteName()] = i
	}
	return &roll{committee: committee, head: head, members: members}
}

// call checks every line of the note.
func (r *roll) call(signed []byte) error {
	_, err := note.Open(signed, r)
	switch {
	case err == nil:
		return nil
	case r.fault != nil:
		return r.fault
	default:
		return fmt.Errorf("%w checkpoint: %w", ErrMalformed, err)
	}
}

// Verifier implements note.Verifiers. Package note asks for each line, in order, before it checks it.
func (r *roll) Verifier(name string, keyID uint32) (note.Verifier, error) {
	i, known := r.members[name]
	switch {
	case !known || r.committee.Members[i].KeyID() != keyID:
		r.fault = fmt.Errorf("checkpoint: %w: key %s+%08x", ErrUnknownSigner, name, keyID)
	case slices.ContainsFunc(r.present, func(c VerifiedCosignature) bool { return c.Member == i }):
		r.fault = fmt.Errorf("checkpoint: %w: %q", ErrSignedTwice, r.committee.Members[i].Name)
	default:
		return rollLine{roll: r, member: i, name: name, keyID: keyID}, nil
	}
	return nil, r.fault
}

// rollLine implements note.Verifier for one line of a note.
type rollLine struct {
	roll   *roll
	member int
	name   string
	keyID  uint32
}

// Name implements note.Verifier.
func (l rollLine) Name() string { return l.name }

// KeyHash implements note.Verifier.
func (l rollLine) KeyHash() uint32 { return l.keyID }

// Verify implements note.Verifier. The text is that of the checkpoint that was parsed; a note has one text only.
func (l rollLine) Verify(_, sig []byte) bool {
	if len(sig) != 8+len(dag.Signature{}) {
		l.roll.fault = fmt.Errorf("%w checkpoint: the signature line of %q has %d bytes", ErrMalformed, l.name, len(sig))
		return false
	}
	c := Cosignature{
		Head: l.roll.head, Epoch: l.roll.committee.Epoch, Member: l.member,
		Timestamp: binary.BigEndian.Uint64(sig), Signature: dag.Signature(sig[8:]),
	}
	verified, err := c.Verify(l.roll.committee)
	if err != nil {
		l.roll.fault = fmt.Errorf("checkpoint: %w", err)
		return false
	}
	l.roll.present = append(l.roll.present, verified)
	return true
}
