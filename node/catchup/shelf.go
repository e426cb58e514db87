package catchup

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/dag/snapshot"
	"github.com/ledgerofthings/lot/node/engine"
)

const (
	// maxKept is how many states are kept: the newest, and the one before while somebody fetches it.
	maxKept = 2
	// keepFor is for how long a state is kept after somebody asked for it.
	keepFor = 2 * time.Minute
	// maxHeads bounds for how many starts the head of a state is remembered.
	maxHeads = 8
)

// shelf keeps the states that peers are fetching. States do not change and share most of their memory, so a second one costs little;
// one that nobody asks for any more is let go.
type shelf struct {
	mu   sync.Mutex
	kept []*kept // the newest last
}

// kept is one state on the shelf.
type kept struct {
	seal     proof.Hash
	snapshot *engine.Snapshot
	bits     int
	expiry   *time.Timer

	mu    sync.Mutex
	chain proof.Chain          // to the seal, from as far back as is known
	heads map[proof.Pin][]byte // answers to requests for a head, by their start
}

// put puts a snapshot on the shelf, unless it is there, and returns it.
func (s *shelf) put(snap *engine.Snapshot) *kept {
	seal := snap.Seal.Leaf.Hash()
	if k := s.find(seal); k != nil {
		k.renew(snap.Chain)
		return k
	}
	bits := snapshot.Bits(snap.State)
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.IndexFunc(s.kept, func(k *kept) bool { return k.seal == seal }); i >= 0 {
		return s.kept[i] // somebody else was quicker
	}
	k := &kept{seal: seal, snapshot: snap, bits: bits, chain: snap.Chain, heads: map[proof.Pin][]byte{}}
	k.expiry = time.AfterFunc(keepFor, func() { s.drop(k) })
	s.kept = append(s.kept, k)
	if len(s.kept) > maxKept {
		s.kept[0].expiry.Stop()
		s.kept = slices.Delete(s.kept, 0, 1)
	}
	return k
}

// find returns what is kept of a seal, for longer from now on; nil for nothing.
func (s *shelf) find(seal proof.Hash) *kept {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.kept {
		if k.seal == seal {
			k.expiry.Reset(keepFor)
			return k
		}
	}
	return nil
}

func (s *shelf) drop(gone *kept) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = slices.DeleteFunc(s.kept, func(k *kept) bool { return k == gone })
}

// clear lets all go.
func (s *shelf) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.kept {
		k.expiry.Stop()
	}
	s.kept = nil
}

// renew takes a chain to the seal that may reach further back: a gateway that began at a pin learns later what was before.
func (k *kept) renew(chain proof.Chain) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.chain = chain
}

// known returns the answer to those who begin at a pin, if it was given before; else nil.
func (k *kept) known(pin proof.Pin) []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.heads[pin]
}

// head returns the answer with the chain that leads from a start to the seal: a part of the given one, or of what is kept if that is nil.
// It is checked once, as the peer will: who knows the
// network from a pin on only cannot help one that begins before it, and must not pass for a liar.
func (k *kept) head(start Start, chain proof.Chain) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if chain == nil {
		chain = k.chain
	}
	r := response{Answer: answerBefore}
	chain, err := chain.Since(start.Pin.Epoch, start.Committee)
	if err == nil {
		var newest proof.Seal
		newest, _, err = start.Verify(chain)
		if err == nil && newest.Leaf.Hash() != k.seal {
			return nil, fmt.Errorf("the certificates end with epoch %d, the state is that after epoch %d", newest.Leaf.Epoch, k.snapshot.Seal.Leaf.Epoch)
		}
	}
	if err == nil {
		r.Answer, r.Bits = answerHead, uint64(k.bits)
		if r.Chain, err = chain.Encode(); err != nil {
			return nil, err
		}
	}
	b, err := responseCodec.Encode(r)
	if err == nil && r.Answer == answerHead && len(k.heads) < maxHeads {
		k.heads[start.Pin] = b
	}
	return b, err
}
