package proof

import (
	"fmt"
	"slices"
)

// Certificate proves a seal to whoever knows the committee of the epoch that it ended, and names the committee after it.
type Certificate struct {
	Seal Seal
	Note []byte     // signed checkpoint of exactly Seal.Head by a quorum of the committee of the epoch that the seal ended
	Next *Committee // of the next epoch; nil if it has the same hash as the one before
}

// NewCertificate makes the certificate of a seal from the checkpoint that the sealed epoch's committee signed, and checks
// it. next is the committee of the next epoch, changed or not. Errors are those of Chain.Verify.
func NewCertificate(seal Seal, signed SignedCheckpoint, committee, next Committee) (Certificate, error) {
	c := Certificate{Seal: seal, Note: signed.Note()}
	if next.Hash() != committee.Hash() {
		next.Epoch, next.Members = seal.Leaf.Epoch+1, slices.Clone(next.Members)
		c.Next = &next
	}
	if _, _, err := (Chain{c}).Verify(committee.Network, committee); err != nil {
		return Certificate{}, fmt.Errorf("make certificate: %w", err)
	}
	return c, nil
}

// opened checks the note against the committee of the sealed epoch.
func (c *Certificate) opened(committee Committee) error {
	committee.Epoch = c.Seal.Leaf.Epoch
	signed, err := OpenCheckpoint(c.Note, committee)
	if err != nil {
		return err
	}
	if signed.TreeHead != c.Seal.Head {
		return fmt.Errorf("%w: the signed checkpoint has size %d with root %s, the seal has size %d with root %s",
			ErrChain, signed.Size, signed.Root, c.Seal.Head.Size, c.Seal.Head.Root)
	}
	return nil
}

// successor returns the committee of the next epoch, given that of the sealed one: Next if it is there. It must have the hash
// that the leaf names.
func (c *Certificate) successor(committee Committee) (Committee, error) {
	if c.Next != nil {
		if c.Next.Network != committee.Network {
			return Committee{}, fmt.Errorf("the next committee: %w: %s", ErrOtherNetwork, c.Next.Network)
		}
		if err := c.Next.Validate(); err != nil {
			return Committee{}, fmt.Errorf("the next committee: %w", err)
		}
		committee = *c.Next
	}
	if hash := committee.Hash(); hash != c.Seal.Leaf.Committee {
		return Committee{}, fmt.Errorf("%w: the next committee has hash %s, the seal names %s", ErrChain, hash, c.Seal.Leaf.Committee)
	}
	committee.Epoch = c.Seal.Leaf.Epoch + 1
	return committee, nil
}
