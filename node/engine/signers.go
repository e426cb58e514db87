package engine

import (
	"github.com/ledgerofthings/lot/dag/proof"
)

// Signers are the committees whose signatures on the log a node can judge: of the epoch that it is in, and of the one before, which
// still has to sign how that ended. It does not change.
type Signers struct {
	Current proof.Committee
	Before  proof.Committee // without members if it is not known, or there was none
	Sealed  uint64          // the size of the log at the end of the epoch before: up to there it was for Before to sign
}

// Signers returns the committees whose signatures this node can judge.
func (e *Engine) Signers() Signers {
	return Signers{Current: e.network.Cosigners, Before: e.signing.sealing.committee, Sealed: e.signing.sealing.head.Size}
}

// Of returns the committee of an epoch, if it is one of the two.
func (s *Signers) Of(epoch uint64) (proof.Committee, bool) {
	for _, c := range []proof.Committee{s.Current, s.Before} {
		if c.Epoch == epoch && len(c.Members) > 0 {
			return c, true
		}
	}
	return proof.Committee{}, false
}

// Open reads a checkpoint that a quorum of one of the two has signed.
func (s *Signers) Open(note []byte) (signed proof.SignedCheckpoint, err error) {
	if len(s.Before.Members) > 0 {
		if signed, err = proof.OpenCheckpoint(note, s.Before); err == nil && signed.Size <= s.Sealed {
			return signed, nil
		}
	}
	return proof.OpenCheckpoint(note, s.Current)
}

// Verify checks a member's signature. The error wraps proof.ErrOtherEpoch if it is of neither committee.
func (s *Signers) Verify(c proof.Cosignature) (proof.VerifiedCosignature, error) {
	if committee, ok := s.Of(c.Epoch); ok {
		return c.Verify(committee)
	}
	return c.Verify(s.Current)
}
