package merklemap

import "fmt"

// The binary form of a proof is the leaf's path and value hash and then, from the root down, each step's bit and sibling;
// the proof in an empty map is no bytes at all.
const (
	leafSize = 32 + 32
	stepSize = 1 + 32
	// MaxProofSize is the length of the longest proof, in bytes. A map of a million entries has proofs of about 730.
	MaxProofSize = leafSize + noBit*stepSize
)

// Encode returns the binary form.
func (p *Proof) Encode() []byte {
	if p.Leaf == nil {
		return []byte{}
	}
	out := make([]byte, 0, leafSize+len(p.Steps)*stepSize)
	out = append(append(out, p.Leaf.Path[:]...), p.Leaf.ValueHash[:]...)
	return appendSteps(out, p.Steps)
}

// appendSteps appends the binary form of steps to out.
func appendSteps(out []byte, steps []Step) []byte {
	for i := range steps {
		out = append(append(out, steps[i].Bit), steps[i].Sibling[:]...)
	}
	return out
}

// DecodeProof reads the binary form. Each proof has one form only. Errors wrap ErrProof.
func DecodeProof(b []byte) (Proof, error) {
	if len(b) == 0 {
		return Proof{}, nil
	}
	if len(b) < leafSize || len(b) > MaxProofSize || (len(b)-leafSize)%stepSize != 0 {
		return Proof{}, fmt.Errorf("%w: %d bytes are no proof", ErrProof, len(b))
	}
	steps, err := decodeSteps(b[leafSize:])
	if err != nil {
		return Proof{}, err
	}
	return Proof{Steps: steps, Leaf: &ProofLeaf{Path: [32]byte(b), ValueHash: [32]byte(b[32:])}}, nil
}

// decodeSteps reads steps from the root down; the length of b is a multiple of stepSize.
func decodeSteps(b []byte) (out []Step, err error) {
	for ; len(b) > 0; b = b[stepSize:] {
		step := Step{Bit: b[0], Sibling: [32]byte(b[1:])}
		if n := len(out); n > 0 && out[n-1].Bit >= step.Bit {
			return nil, fmt.Errorf("%w: bit %d follows bit %d", ErrProof, step.Bit, out[n-1].Bit)
		}
		out = append(out, step)
	}
	return out, nil
}
