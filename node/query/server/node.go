package server

import (
	"context"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
)

// Node is the full gateway that a Server answers for. Its methods may be called from any goroutine.
type Node interface {
	// Read calls f with the engine between two of its steps, or returns why it could not. What f is given is valid during the call. When
	// Read has returned, f does not run any more and will not.
	Read(ctx context.Context, f func(Reader)) error
	// Submit takes an event in as if it had come over gossip: within the rate of its key, and told to all other peers. It returns once
	// the engine has handled it. An error says why it was not taken, in words for the peer.
	Submit(ctx context.Context, from string, event dag.Verified) error
}

// Reader reads an engine between two of its steps.
type Reader interface {
	// Event returns an event and where it stands, as engine.Engine.Event does.
	Event(id dag.ID) (engine.EventInfo, error)
	// Certificates returns what leads from the network's first committee to the current one, as engine.Engine.Certificates does.
	Certificates() (proof.Chain, error)
	// Log returns the hashes of the transparency log. Those of sealed epochs may be gone.
	Log() proof.Store
	// Signed returns the newest checkpoint with what it proves; false if there is none, or if this node has not ordered as much yet.
	Signed() (Signed, bool)
	// Chain returns how far the chain of a key goes.
	Chain(key dag.Key) Chain
}

// Signed is a checkpoint and what its last leaf names.
type Signed struct {
	Checkpoint proof.SignedCheckpoint
	Epoch      uint64        // whose committee signed it
	Leaf       []byte        // an encoded proof.ClosingLeaf or proof.SealLeaf: the last one that the checkpoint covers
	State      *ledger.State // whose root Leaf names
}

// Chain is how far the chain of a key goes in the current epoch.
type Chain struct {
	Origin dag.Origin // of the epoch
	Member bool       // the key takes part from the start of the epoch
	Newest *dag.Event // nil if there is none
	Forked bool
	Ticket *dag.Event // that admits the key, if it is no member; nil if none does
	Tips   []dag.ID   // what may be approved, the roots left out; at most query.MaxTips are used
}
