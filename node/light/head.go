package light

import (
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
)

// Head is a checkpoint that was proven, and what its last leaf says.
type Head struct {
	proof.TreeHead
	Epoch  uint64   // that the network is in after it, as far as this gateway can tell: after a certified seal the one that it opens
	Note   []byte   // the signed checkpoint
	Leaf   []byte   // the last one: an encoded proof.ClosingLeaf or proof.SealLeaf
	State  [32]byte // root of the ledger's state
	Number uint64   // of the commit, from 1
	Time   uint64   // ledger time, ms
	Leader dag.ID   // the committed event; of a seal it belongs to the epoch before
	Sealed bool     // Leaf is a seal
	Weight uint64   // that signed
	Signed uint64   // when it was signed, by the latest of its signers' clocks, in ms
}

// errLeaf says that the last leaf of a checkpoint is none that a commit ends with.
var errLeaf = errors.New("the last leaf of the checkpoint is none that ends a commit of this epoch")

// newHead makes the head of a checkpoint that the committee signed, from its last leaf. That the leaf is in the log is not checked.
func newHead(signed proof.SignedCheckpoint, committee *proof.Committee, leaf []byte) (Head, error) {
	_, seconds := signed.SignedBetween()
	h := Head{
		TreeHead: signed.TreeHead, Epoch: committee.Epoch, Note: signed.Note(), Leaf: leaf,
		Weight: signed.Weight(), Signed: 1000 * seconds,
	}
	if seal, err := proof.DecodeSealLeaf(leaf); err == nil {
		h.State, h.Number, h.Time, h.Leader, h.Sealed = seal.State, seal.Number, seal.Time, seal.Leader, true
		if seal.Epoch != committee.Epoch || seal.Log.Size+1 != signed.Size {
			return Head{}, fmt.Errorf("%w: a seal of epoch %d after a log of size %d", errLeaf, seal.Epoch, seal.Log.Size)
		}
		return h, nil
	}
	closing, err := proof.DecodeClosingLeaf(leaf)
	if err != nil {
		return Head{}, fmt.Errorf("%w: %w", errLeaf, err)
	}
	if hash := committee.Hash(); closing.Committee != hash {
		return Head{}, fmt.Errorf("%w: it names the committee %s, the epoch has %s", errLeaf, closing.Committee, hash)
	}
	h.State, h.Number, h.Time, h.Leader = closing.State, closing.Number, closing.Time, closing.Leader
	return h, nil
}

// hash returns the leaf's hash in the log.
func (h *Head) hash() proof.Hash {
	if seal, err := proof.DecodeSealLeaf(h.Leaf); err == nil {
		return seal.Hash()
	}
	closing, _ := proof.DecodeClosingLeaf(h.Leaf) // newHead decoded it
	return closing.Hash()
}

// sealHead makes the head of a seal that is trusted. before is the committee of the epoch that it ended; where that is not known, as of
// a pinned seal, there is no telling who signed.
func sealHead(seal *proof.Seal, note []byte, before proof.Committee) Head {
	h := Head{
		TreeHead: seal.Head, Epoch: seal.Leaf.Epoch + 1, Note: note, Leaf: seal.Leaf.Encode(),
		State: seal.Leaf.State, Number: seal.Leaf.Number, Time: seal.Leaf.Time, Leader: seal.Leaf.Leader, Sealed: true,
	}
	before.Epoch = seal.Leaf.Epoch
	if signed, err := proof.OpenCheckpoint(note, before); err == nil {
		_, seconds := signed.SignedBetween()
		h.Weight, h.Signed = signed.Weight(), 1000*seconds
	}
	return h
}
