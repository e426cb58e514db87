package catchup

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag/proof"
)

// Verdict is what a File proves to whoever trusts a Start.
type Verdict struct {
	Seal      *proof.Seal             // the newest one; nil in the first epoch
	Committee proof.Committee         // of the epoch after it
	Signed    *proof.SignedCheckpoint // the newest checkpoint; nil if nothing but a pin speaks for the seal
	Signers   proof.Committee         // whose members signed that
	Head      proof.TreeHead          // of the log, up to which all this reaches
}

// Verify checks a file against what is trusted. Errors wrap proof.ErrOtherNetwork, ErrFile, or those of proof.Chain.Verify, VerifyFrom
// and proof.OpenCheckpoint.
func (f *File) Verify(start Start) (*Verdict, error) {
	if f.Network != start.Committee.Network {
		return nil, fmt.Errorf("checkpoint file: %w: %s, not %s", proof.ErrOtherNetwork, f.Network, start.Committee.Network)
	}
	if len(f.Chain) == 0 && len(f.Note) == 0 {
		return nil, fmt.Errorf("%w: it has neither certificates nor a checkpoint", ErrFile)
	}
	v, err := f.seals(start)
	if err != nil {
		return nil, fmt.Errorf("checkpoint file: %w", err)
	}
	if len(f.Note) > 0 {
		if err := f.open(v); err != nil {
			return nil, fmt.Errorf("checkpoint file: %w", err)
		}
	}
	return v, nil
}

// seals checks the certificates.
func (f *File) seals(start Start) (*Verdict, error) {
	v := &Verdict{Committee: start.Committee}
	if len(f.Chain) == 0 && start.Pin.IsZero() {
		return v, nil
	}
	chain, err := start.reduce(f.Chain)
	if err != nil {
		return nil, err
	}
	newest, committee, err := start.Verify(chain)
	if err != nil {
		return nil, err
	}
	v.Seal, v.Committee, v.Head = &newest, committee, newest.Head
	before := start.Committee
	if len(chain) > 1 {
		if _, before, err = start.Verify(chain[:len(chain)-1]); err != nil {
			return nil, err
		}
	} else if !start.Pin.IsZero() {
		return v, nil // it is trusted for the pin's sake
	}
	before.Epoch = newest.Leaf.Epoch
	signed, err := proof.OpenCheckpoint(chain[len(chain)-1].Note, before)
	v.Signed, v.Signers = &signed, before
	return v, err
}

// open checks the checkpoint, which has to be newer than the seal.
func (f *File) open(v *Verdict) error {
	signed, err := proof.OpenCheckpoint(f.Note, v.Committee)
	if err != nil {
		return err
	}
	if signed.Size <= v.Head.Size {
		return fmt.Errorf("%w: its checkpoint has size %d, which is not above the seal's %d", ErrFile, signed.Size, v.Head.Size)
	}
	v.Signed, v.Signers, v.Head = &signed, v.Committee, signed.TreeHead
	return nil
}
