package merklemap

import (
	"crypto/sha256"
	"errors"
	"fmt"
)

// ErrProof is wrapped by every error of a proof's verification or decoding.
var ErrProof = errors.New("map proof does not hold")

// Proof shows which value a key has in the map with some root, or that the key is absent. It holds the way of the key from
// the root to the leaf at its end.
type Proof struct {
	// Steps are the inner nodes on the way, from the root down.
	Steps []Step
	// Leaf is where the way ends; nil in an empty map.
	Leaf *ProofLeaf
}

// Step is one inner node on the way of a key.
type Step struct {
	Bit     uint8    // the index of the bit that decides, rising from step to step
	Sibling [32]byte // the hash of the child on the other side
}

// ProofLeaf is the leaf at the end of the way.
type ProofLeaf struct {
	Path      [32]byte // SHA-256 of the leaf's key
	ValueHash [32]byte // SHA-256 of its value
}

// Prove returns the proof for key, present or absent.
func (m Map) Prove(key []byte) Proof {
	p := pathOf(key)
	return m.prove(&p)
}

func (m Map) prove(p *path) Proof {
	steps, end := m.descend(p, noBit)
	if end == nil {
		return Proof{}
	}
	l := end.(*leaf)
	return Proof{Steps: steps, Leaf: &ProofLeaf{Path: l.path, ValueHash: sha256.Sum256(l.value)}}
}

// descend follows a way through the inner nodes that split before bit end, and returns them and the node below them; that
// is nil in an empty map. All paths below that node agree on the bits before end.
func (m Map) descend(way *path, end int) (steps []Step, below node) {
	n := m.root
	for {
		in, ok := n.(*inner)
		if !ok || int(in.bit) >= end {
			return steps, n
		}
		side := way.at(int(in.bit))
		steps = append(steps, Step{Bit: in.bit, Sibling: in.child[1-side].digest()})
		n = in.child[side]
	}
}

// Verify checks that key has value in the map with the given root.
func (p *Proof) Verify(root [32]byte, key, value []byte) error {
	way := pathOf(key)
	switch {
	case p.Leaf == nil:
		return fmt.Errorf("%w: it shows an empty map", ErrProof)
	case p.Leaf.Path != way:
		return fmt.Errorf("%w: it ends at another key", ErrProof)
	case p.Leaf.ValueHash != sha256.Sum256(value):
		return fmt.Errorf("%w: the value is another", ErrProof)
	}
	return p.verifyWay(root, &way)
}

// VerifyAbsent checks that the map with the given root has no entry for key.
func (p *Proof) VerifyAbsent(root [32]byte, key []byte) error {
	way := pathOf(key)
	if p.Leaf != nil && p.Leaf.Path == way {
		return fmt.Errorf("%w: it ends at the key, which is present", ErrProof)
	}
	return p.verifyWay(root, &way)
}

// verifyWay checks that the steps lead from root to the leaf by the bits of way.
func (p *Proof) verifyWay(root [32]byte, way *path) error {
	var hash [32]byte
	if p.Leaf != nil {
		hash = leafHash(p.Leaf.Path, p.Leaf.ValueHash)
	} else if len(p.Steps) > 0 {
		return fmt.Errorf("%w: %d steps lead to no leaf", ErrProof, len(p.Steps))
	}
	return verifySteps(root, p.Steps, noBit, way, hash)
}

// verifySteps checks that the steps, which must all split before bit end, lead by the bits of way from root to a node with
// the given hash.
func verifySteps(root [32]byte, steps []Step, end int, way *path, hash [32]byte) error {
	below := end
	for i := len(steps) - 1; i >= 0; i-- {
		step := &steps[i]
		if int(step.Bit) >= below {
			return fmt.Errorf("%w: bit %d comes before bit %d", ErrProof, step.Bit, below)
		}
		below = int(step.Bit)
		if way.at(below) == 0 {
			hash = innerHash(step.Bit, hash, step.Sibling)
		} else {
			hash = innerHash(step.Bit, step.Sibling, hash)
		}
	}
	if hash != root {
		return fmt.Errorf("%w: it leads to root %x, not %x", ErrProof, hash[:8], root[:8])
	}
	return nil
}
