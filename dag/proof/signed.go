package proof

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// MaxNoteSize bounds a signed checkpoint, in bytes. A full committee with the longest names stays below it.
const MaxNoteSize = 64 << 10

// Errors that OpenCheckpoint tells apart, besides ErrMalformed, ErrUnknownSigner and dag.ErrSignature.
var (
	// ErrOtherNetwork says that something belongs to another network than the committee's.
	ErrOtherNetwork = errors.New("it belongs to another network")
	// ErrSignedTwice says that one member signs a checkpoint on two lines.
	ErrSignedTwice = errors.New("a member signs twice")
	// ErrNoQuorum says that two thirds of the weight or less have signed.
	ErrNoQuorum = errors.New("the signatures are no quorum")
)

// SignedCheckpoint is a checkpoint with valid cosignatures of more than two thirds of the committee's weight. Only
// OpenCheckpoint and a Collector make one.
type SignedCheckpoint struct {
	Checkpoint
	cosignatures []VerifiedCosignature // by member, rising
	weight       uint64
	note         []byte
}

// Note returns the signed note (c2sp.org/signed-note): text, blank line, one cosignature a line in the committee's order.
// The caller must not change the slice.
func (s SignedCheckpoint) Note() []byte { return s.note }

// Weight returns the weight of those who signed.
func (s SignedCheckpoint) Weight() uint64 { return s.weight }

// Cosignatures returns the signatures in the committee's order. The caller must not change the slice.
func (s SignedCheckpoint) Cosignatures() []VerifiedCosignature { return s.cosignatures }

// SignedBetween returns the earliest and the latest time that a signature claims, in s since the Unix epoch.
func (s SignedCheckpoint) SignedBetween() (first, last uint64) {
	for i, c := range s.cosignatures {
		if i == 0 || c.Timestamp < first {
			first = c.Timestamp
		}
		last = max(last, c.Timestamp)
	}
	return first, last
}

// signCheckpoint puts cosignatures of one head together. They are of distinct members of the committee.
func signCheckpoint(committee Committee, head TreeHead, cosignatures []VerifiedCosignature) (SignedCheckpoint, error) {
	s := SignedCheckpoint{Checkpoint: Checkpoint{Network: committee.Network, TreeHead: head}, cosignatures: cosignatures}
	slices.SortFunc(s.cosignatures, func(a, b VerifiedCosignature) int { return cmp.Compare(a.Member, b.Member) })
	lines := make([]note.Signature, len(cosignatures))
	for i, c := range s.cosignatures {
		member := committee.Members[c.Member]
		s.weight += member.Weight
		lines[i] = note.Signature{Name: member.NoteName(), Hash: member.KeyID(), Base64: c.noteSignature(member.KeyID())}
	}
	if !committee.Quorum(s.weight) {
		return SignedCheckpoint{}, fmt.Errorf("%w: weight %d of %d, more than two thirds is needed",
			ErrNoQuorum, s.weight, committee.Total())
	}
	var err error
	if s.note, err = note.Sign(&note.Note{Text: s.Text(), Sigs: lines}); err != nil {
		return SignedCheckpoint{}, fmt.Errorf("write signed checkpoint: %w", err)
	}
	return s, nil
}

// noteSignature returns what a signature line has after the key name: key id, timestamp and signature.
func (c Cosignature) noteSignature(keyID uint32) string {
	b := binary.BigEndian.AppendUint32(nil, keyID)
	b = binary.BigEndian.AppendUint64(b, c.Timestamp)
	return base64.StdEncoding.EncodeToString(append(b, c.Signature[:]...))
}

// OpenCheckpoint reads a signed checkpoint and checks it against a committee that Committee.Validate accepts. It is
// stricter than tools for notes need be: every line must be a valid signature of a member, none twice, in the committee's
// order, and together a quorum. So no byte of an accepted note can be changed. Errors wrap ErrMalformed, ErrOtherNetwork,
// ErrUnknownSigner, ErrSignedTwice, dag.ErrSignature or ErrNoQuorum.
func OpenCheckpoint(signed []byte, committee Committee) (SignedCheckpoint, error) {
	if len(signed) > MaxNoteSize {
		return SignedCheckpoint{}, fmt.Errorf("%w checkpoint: %d bytes, at most %d are allowed", ErrMalformed, len(signed), MaxNoteSize)
	}
	text, _, _ := strings.Cut(string(signed), "\n\n")
	checkpoint, err := ParseCheckpoint(text + "\n")
	if err != nil {
		return SignedCheckpoint{}, err
	}
	if checkpoint.Network != committee.Network {
		return SignedCheckpoint{}, fmt.Errorf("checkpoint: %w: %s, not %s", ErrOtherNetwork, checkpoint.Network, committee.Network)
	}
	r := newRoll(committee, checkpoint.TreeHead)
	if err := r.call(signed); err != nil {
		return SignedCheckpoint{}, err
	}
	s, err := signCheckpoint(committee, checkpoint.TreeHead, r.present)
	if err != nil {
		return SignedCheckpoint{}, err
	}
	if !bytes.Equal(s.note, signed) {
		return SignedCheckpoint{}, fmt.Errorf("%w checkpoint: not in canonical form, with signatures in the committee's order",
			ErrMalformed)
	}
	return s, nil
}
