package catchup

import (
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag/proof"
)

// Start is what is trusted for reasons outside the ledger, and what all else is checked from.
type Start struct {
	Committee proof.Committee // of the first epoch, as the network's genesis has it
	Pin       proof.Pin       // if it is set, the seal that is trusted in the place of Committee
}

// Verify checks a chain from the start to its newest seal, and returns that and the committee after it. Errors are those of
// proof.Chain.Verify and VerifyFrom.
func (s Start) Verify(chain proof.Chain) (newest proof.Seal, committee proof.Committee, err error) {
	if s.Pin.IsZero() {
		return chain.Verify(s.Committee.Network, s.Committee)
	}
	return chain.VerifyFrom(s.Pin, s.Committee.Network)
}

// verified returns the part of a chain that Verify has checked: a pin says nothing about what stands before its seal.
func (s Start) verified(chain proof.Chain) proof.Chain {
	return chain[max(0, slices.IndexFunc(chain, func(c proof.Certificate) bool { return c.Seal.Leaf.Epoch == s.Pin.Epoch })):]
}

// reduce returns a chain that begins with the pin's seal, of one that may begin earlier. It is not verified yet.
func (s Start) reduce(chain proof.Chain) (proof.Chain, error) {
	if s.Pin.IsZero() {
		return chain, nil
	}
	return chain.Since(s.Pin.Epoch, s.Committee)
}

// String says what is trusted.
func (s Start) String() string {
	if s.Pin.IsZero() {
		return "the genesis committee"
	}
	return fmt.Sprintf("the pinned end of epoch %d", s.Pin.Epoch)
}

// request returns the request for a head that begins there.
func (s Start) request() request {
	r := request{Ask: askHead}
	if !s.Pin.IsZero() {
		r.Epoch, r.Seal = s.Pin.Epoch, s.Pin.Seal[:]
	}
	return r
}

// startOf returns the start that a request names.
func startOf(r request, genesis proof.Committee) Start {
	s := Start{Committee: genesis}
	if r.Epoch != 0 {
		s.Pin = proof.Pin{Epoch: r.Epoch, Seal: proof.Hash(r.Seal)}
	}
	return s
}
