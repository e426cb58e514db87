package attack

import (
	"errors"

	"github.com/ledgerofthings/lot/dag"
)

// ErrShut is the error of a gate that is shut.
var ErrShut = errors.New("the gate of this signer is shut")

// Gate is the signer of a node that may be taken over. As long as it is shut, the node's engine cannot sign: it takes part in all
// but issues no event. So an adversary stops the honest half of its node without any change to the engine, which
// holds a signer that may fail for what it is.
//
// A driver makes the engine of a node that a scenario attacks with one, and hands the same engine.Self to Kind.Make.
type Gate struct {
	signer dag.Signer
	shut   bool
}

// NewGate returns a gate that is open.
func NewGate(signer dag.Signer) *Gate { return &Gate{signer: signer} }

// Key implements dag.Signer.
func (g *Gate) Key() dag.Key { return g.signer.Key() }

// Sign implements dag.Signer. The error is ErrShut if the gate is shut.
func (g *Gate) Sign(kind string, network dag.NetworkID, body []byte) (dag.Signature, error) {
	if g.shut {
		return dag.Signature{}, ErrShut
	}
	return g.signer.Sign(kind, network, body)
}
