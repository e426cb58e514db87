package server

import (
	"sync"

	"github.com/ledgerofthings/lot/dag/ledger"
)

// keptStates is of how many checkpoints the states are kept. A peer asks about the one that it was shown last; with a checkpoint a
// second it has so many seconds for that.
const keptStates = 16

// kept holds the states of the checkpoints that were shown last. States share what they have in common, so each costs about what
// changed from one to the next.
type kept struct {
	mu   sync.Mutex
	list []keptState // by rising size
}

type keptState struct {
	size  uint64
	state *ledger.State
}

// put keeps the state of a checkpoint.
func (k *kept) put(s Signed) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if n := len(k.list); n > 0 && s.Checkpoint.Size <= k.list[n-1].size {
		return
	}
	if len(k.list) == keptStates {
		copy(k.list, k.list[1:])
		k.list = k.list[:keptStates-1]
	}
	k.list = append(k.list, keptState{s.Checkpoint.Size, s.State})
}

// find returns the state of the checkpoint with that size; nil if it is not kept.
func (k *kept) find(size uint64) *ledger.State {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, s := range k.list {
		if s.size == size {
			return s.state
		}
	}
	return nil
}
