package catchup

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag/proof"
)

// history is with which seal every epoch ended, as far as chains that hold say so.
type history map[uint64]recorded

type recorded struct {
	seal proof.Hash
	peer string // that said so first
}

// take notes a verified chain. The error wraps ErrFork if another one contradicts it.
func (h history) take(peer string, chain proof.Chain) error {
	for i := range chain {
		leaf := &chain[i].Seal.Leaf
		id := leaf.Hash()
		known, ok := h[leaf.Epoch]
		if ok && known.seal != id {
			return fmt.Errorf("%w: epoch %d ended with seal %s by what %s shows, with %s by what %s shows. Two thirds of a committee's keys are in "+
				"wrong hands: ask the network's operators for the pin of a recent checkpoint, and give it with --checkpoint",
				ErrFork, leaf.Epoch, known.seal, known.peer, id, peer)
		}
		if !ok {
			h[leaf.Epoch] = recorded{id, peer}
		}
	}
	return nil
}
