package node

import (
	"sync/atomic"

	"github.com/ledgerofthings/lot/dag"
)

// known is what the engine has told of its progress, for the checks that come before it. The map does not change.
type known struct {
	seqs   map[dag.Key]*atomic.Uint64 // of every admitted key: the highest seq without a gap
	signed atomic.Uint64              // size of the newest checkpoint
}

func newKnown(members map[dag.Key]dag.Account) *known {
	k := &known{seqs: map[dag.Key]*atomic.Uint64{}}
	for key := range members {
		k.seqs[key] = new(atomic.Uint64)
	}
	return k
}

// attached notes that an event is in the graph.
func (k *known) attached(key dag.Key, seq uint64) { raise(k.seqs[key], seq) }

// checkpoint notes the size of a signed checkpoint.
func (k *known) checkpoint(size uint64) { raise(&k.signed, size) }

// raise sets a number that only grows. It is called by one goroutine at a time.
func raise(n *atomic.Uint64, to uint64) {
	if n != nil && n.Load() < to {
		n.Store(to)
	}
}

// has reports whether the key's events up to seq are in the graph: one of them that comes again is an old one, or the other
// half of a fork, which the exchange brings.
func (k *known) has(key dag.Key, seq uint64) bool {
	n := k.seqs[key]
	return n != nil && seq <= n.Load()
}
