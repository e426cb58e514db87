package proof

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag"
)

// Errors about chains of certificates. Others are those of OpenCheckpoint, Seal.Check and Committee.Validate.
var (
	// ErrChain says that certificates do not follow from each other.
	ErrChain = errors.New("the chain of certificates does not hold")
	// ErrPin says that a chain does not have the seal that a pin names, so it is of another history or too short.
	ErrPin = errors.New("the chain does not have the pinned seal")
)

// Chain is how a verifier comes from a committee that it knows to the newest one: by rising epochs, the certificates of the
// seals at which the committee changed, and that of the newest seal. Others in between do no harm.
//
// Each committee vouches for the next one. So whoever holds the keys of more than two thirds of any committee of the past
// can make another chain from there on; a Pin of a recent seal keeps those out that left before it.
type Chain []Certificate

// Verify goes through the chain from a committee that is known: that of genesis, or the one of any epoch that is not later
// than the first seal. It returns the newest seal and the committee of the epoch after it. Errors name the epoch; they wrap
// ErrChain, ErrSeal, ErrCommittee or one of those of OpenCheckpoint.
func (c Chain) Verify(network dag.NetworkID, start Committee) (newest Seal, committee Committee, err error) {
	if start.Network != network {
		return Seal{}, Committee{}, fmt.Errorf("first committee: %w: %s, not %s", ErrOtherNetwork, start.Network, network)
	}
	if err := start.Validate(); err != nil {
		return Seal{}, Committee{}, fmt.Errorf("first committee: %w", err)
	}
	if len(c) == 0 {
		return Seal{}, Committee{}, fmt.Errorf("%w: it has no certificates", ErrChain)
	}
	w := walk{committee: start}
	return w.through(c)
}

// VerifyFrom goes through the chain from a seal that is trusted without its past. Its certificate must have the committee
// after it, even if that was the one before; its own signatures cannot be checked and are not, nor is anything that stands
// before it. It returns what Verify does; errors also wrap ErrPin.
func (c Chain) VerifyFrom(pin Pin, network dag.NetworkID) (newest Seal, committee Committee, err error) {
	i := slices.IndexFunc(c, func(c Certificate) bool { return c.Seal.Leaf.Epoch == pin.Epoch })
	if i < 0 {
		return Seal{}, Committee{}, fmt.Errorf("%w: no certificate is of epoch %d", ErrPin, pin.Epoch)
	}
	w := walk{committee: Committee{Network: network}}
	if err := w.trust(&c[i], pin); err != nil {
		return Seal{}, Committee{}, fmt.Errorf("pinned certificate of epoch %d: %w", pin.Epoch, err)
	}
	return w.through(c[i+1:])
}

// Since returns what a verifier needs who trusts the seal of that epoch, or, for epoch 0, the committee start: of a chain that
// Verify accepts from start, and that has the certificate of that epoch. The result shares memory with c.
func (c Chain) Since(epoch uint64, start Committee) (Chain, error) {
	var out Chain
	found, committee := epoch == 0, start
	for i, certificate := range c {
		changed := certificate.Next != nil && certificate.Next.Hash() != committee.Hash()
		if changed {
			committee = *certificate.Next
		}
		switch {
		case certificate.Seal.Leaf.Epoch == epoch:
			next := committee
			next.Epoch = epoch + 1
			certificate.Next, found = &next, true
			out = append(out, certificate)
		case found && (changed || i == len(c)-1):
			out = append(out, certificate)
		}
	}
	if !found {
		return nil, fmt.Errorf("%w: no certificate is of epoch %d", ErrPin, epoch)
	}
	return out, nil
}

// changesBefore returns the certificates that name another committee and whose heads are smaller than size: those by which a
// verifier comes to the committee that signs a log of that size.
func (c Chain) changesBefore(size uint64) Chain {
	var out Chain
	for _, certificate := range c {
		if certificate.Next != nil && certificate.Seal.Head.Size < size {
			out = append(out, certificate)
		}
	}
	return out
}

// openAfter opens a checkpoint that the committee after the chain signed. It must be of a longer log than the chain's last
// seal, as those that are not are signed by earlier committees.
func (c Chain) openAfter(signed string, committee Committee) (SignedCheckpoint, error) {
	s, err := OpenCheckpoint([]byte(signed), committee)
	if len(c) == 0 {
		if errors.Is(err, ErrUnknownSigner) {
			err = fmt.Errorf("%w; if the committee has changed since, the certificates that lead to the one that signed must come with it", err)
		}
		return s, err
	}
	if err != nil {
		return SignedCheckpoint{}, err
	}
	if last := c[len(c)-1].Seal; s.Size <= last.Head.Size {
		return SignedCheckpoint{}, fmt.Errorf("%w: a checkpoint of size %d does not follow the seal of epoch %d at size %d",
			ErrChain, s.Size, last.Leaf.Epoch, last.Head.Size)
	}
	return s, nil
}

// walk is one pass through a chain.
type walk struct {
	committee Committee // of the epoch after seal
	seal      *Seal     // the last one passed; nil at the start
}

// through goes through the rest of a chain.
func (w *walk) through(rest Chain) (newest Seal, committee Committee, err error) {
	for i := range rest {
		if err := w.pass(&rest[i]); err != nil {
			return Seal{}, Committee{}, fmt.Errorf("certificate of epoch %d: %w", rest[i].Seal.Leaf.Epoch, err)
		}
	}
	return *w.seal, w.committee, nil
}

// pass checks the next certificate.
func (w *walk) pass(c *Certificate) error {
	if err := c.Seal.Check(); err != nil {
		return err
	}
	if err := w.rises(&c.Seal); err != nil {
		return err
	}
	if err := c.opened(w.committee); err != nil {
		return err
	}
	return w.enter(c)
}

// trust takes the certificate that a pin names. The leaf, whose hash it names, fixes the rest of the seal.
func (w *walk) trust(c *Certificate, pin Pin) error {
	if id := c.Seal.Leaf.Hash(); id != pin.Seal {
		return fmt.Errorf("%w: its seal is %s, not %s", ErrPin, id, pin.Seal)
	}
	if err := c.Seal.Check(); err != nil {
		return err
	}
	if c.Next == nil {
		return fmt.Errorf("%w: it does not say who the committee after it is", ErrChain)
	}
	return w.enter(c)
}

// enter moves on to the epoch after the certificate's seal.
func (w *walk) enter(c *Certificate) (err error) {
	w.committee, err = c.successor(w.committee)
	w.seal = &c.Seal
	return err
}

// rises checks that a seal is later than the one before.
func (w *walk) rises(s *Seal) error {
	if s.Leaf.Epoch < w.committee.Epoch {
		return fmt.Errorf("%w: epochs must rise, and the committee before is already of epoch %d", ErrChain, w.committee.Epoch)
	}
	if w.seal == nil {
		return nil
	}
	last, next := &w.seal.Leaf, &s.Leaf
	switch {
	case s.Head.Size <= w.seal.Head.Size:
		return fmt.Errorf("%w: log size %d after %d", ErrChain, s.Head.Size, w.seal.Head.Size)
	case next.Number <= last.Number:
		return fmt.Errorf("%w: commit %d after %d", ErrChain, next.Number, last.Number)
	case next.Time < last.Time:
		return fmt.Errorf("%w: ledger time %d after %d", ErrChain, next.Time, last.Time)
	}
	return nil
}
