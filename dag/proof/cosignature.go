package proof

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/ledgerofthings/lot/dag"
)

// Errors about cosignatures. A signature that does not hold wraps dag.ErrSignature.
var (
	// ErrUnknownSigner says that a key is not of the committee.
	ErrUnknownSigner = errors.New("the signer is not a member of the committee")
	// ErrOtherEpoch says that a cosignature is of another epoch's committee than the one that it is held against.
	ErrOtherEpoch = errors.New("it is of another epoch's committee")
	// ErrRegress says that a member would sign a log that is shorter than, or differs from, what it signed before.
	ErrRegress = errors.New("a member never signs a shorter or a different log")
)

// RawSigner holds a cosigning key. *dag.MemorySigner is one.
type RawSigner interface {
	// Key returns the public key.
	Key() dag.Key
	// SignRaw signs the message as it is.
	SignRaw(message []byte) dag.Signature
}

// Cosignature is one member's statement that, at that time, the largest log it had seen had that head
// (c2sp.org/tlog-cosignature, cosignature/v1). It has not been checked; see VerifiedCosignature.
type Cosignature struct {
	Head      TreeHead
	Epoch     uint64 // whose committee's member signed; it is not signed itself, and says only which key to check against
	Member    int    // index in the committee
	Timestamp uint64 // s since the Unix epoch, not ms: C2SP counts in seconds
	Signature dag.Signature
}

// VerifiedCosignature is a cosignature whose signature holds for its member's key. Only Cosign, Cosignature.Verify and
// OpenCheckpoint make one.
type VerifiedCosignature struct {
	Cosignature
	network dag.NetworkID
	key     dag.Key
}

// cosignedMessage returns what a cosignature covers.
func cosignedMessage(text string, timestamp uint64) []byte {
	return []byte("cosignature/v1\ntime " + strconv.FormatUint(timestamp, 10) + "\n" + text)
}

// PermitsNext says whether a member that has signed head h may sign next: a larger one, or the same one again. Otherwise
// the error wraps ErrRegress.
func (h TreeHead) PermitsNext(next TreeHead) error {
	if next.Size > h.Size || next == h {
		return nil
	}
	return fmt.Errorf("%w: size %d with root %s after size %d with root %s", ErrRegress, next.Size, next.Root, h.Size, h.Root)
}

// Cosign signs head at the time now, in ms since the Unix epoch. Last is the head that this member signed last, zero for
// none; the caller persists the new one before the cosignature leaves. Errors wrap ErrUnknownSigner, ErrRegress or
// ErrMalformed.
func Cosign(signer RawSigner, committee Committee, last, head TreeHead, now uint64) (VerifiedCosignature, error) {
	member, ok := committee.Index(signer.Key())
	if !ok {
		return VerifiedCosignature{}, fmt.Errorf("cosign checkpoint: %w: %s", ErrUnknownSigner, signer.Key())
	}
	if err := last.PermitsNext(head); err != nil {
		return VerifiedCosignature{}, fmt.Errorf("cosign checkpoint: %w", err)
	}
	c := Cosignature{Head: head, Epoch: committee.Epoch, Member: member, Timestamp: now / 1000}
	if err := c.check(); err != nil {
		return VerifiedCosignature{}, fmt.Errorf("cosign checkpoint: %w", err)
	}
	text := Checkpoint{Network: committee.Network, TreeHead: head}.Text()
	c.Signature = signer.SignRaw(cosignedMessage(text, c.Timestamp))
	return VerifiedCosignature{Cosignature: c, network: committee.Network, key: signer.Key()}, nil
}

// Verify checks the signature against the committee of its epoch. Errors wrap ErrMalformed, ErrOtherEpoch, ErrUnknownSigner
// or dag.ErrSignature.
func (c Cosignature) Verify(committee Committee) (VerifiedCosignature, error) {
	if err := c.check(); err != nil {
		return VerifiedCosignature{}, err
	}
	if c.Epoch != committee.Epoch {
		return VerifiedCosignature{}, fmt.Errorf("cosignature for log size %d: %w: epoch %d, not %d", c.Head.Size, ErrOtherEpoch,
			c.Epoch, committee.Epoch)
	}
	if c.Member >= len(committee.Members) {
		return VerifiedCosignature{}, fmt.Errorf("%w: member %d of %d", ErrUnknownSigner, c.Member, len(committee.Members))
	}
	member := committee.Members[c.Member]
	text := Checkpoint{Network: committee.Network, TreeHead: c.Head}.Text()
	if !dag.VerifyRaw(member.Cosign, cosignedMessage(text, c.Timestamp), c.Signature) {
		return VerifiedCosignature{}, fmt.Errorf("cosignature of %q for log size %d: %w", member.Name, c.Head.Size, dag.ErrSignature)
	}
	return VerifiedCosignature{Cosignature: c, network: committee.Network, key: member.Cosign}, nil
}

// check refuses values that no committee could make valid.
func (c Cosignature) check() error {
	switch {
	case c.Head.Size == 0 || !inRange(c.Head.Size):
		return fmt.Errorf("%w cosignature: log size %d out of range", ErrMalformed, c.Head.Size)
	case c.Member < 0 || c.Member >= MaxMembers:
		return fmt.Errorf("%w cosignature: member %d, want 0 to %d", ErrMalformed, c.Member, MaxMembers-1)
	case !inRange(c.Epoch):
		return fmt.Errorf("%w cosignature: epoch %d out of range", ErrMalformed, c.Epoch)
	case !inRange(c.Timestamp):
		return fmt.Errorf("%w cosignature: time %d out of range", ErrMalformed, c.Timestamp)
	}
	return nil
}
