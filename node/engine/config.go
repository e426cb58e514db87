package engine

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
)

// Self is what this node is and owns. A simulator gives every node its own.
type Self struct {
	Signer   dag.Signer      // issues events
	Account  dag.Account     // on whose behalf
	Cosigner proof.RawSigner // signs checkpoints while the node has a committee seat; nil if it never shall
	// BatchKey derives the key that encrypts a batch from its Merkle root. It must be a secret of this node.
	BatchKey func(root [32]byte) [32]byte
	Random   *rand.Rand // the one source of randomness
}

// Policy is what this node's operator chooses.
type Policy struct {
	BatchCount  int    // readings after which a batch is closed, 1 to ledger.MaxAnchorCount
	BatchWindow uint64 // ms after a batch's first reading at which it is closed
	BatchTopic  string // written into anchors
	MaxDevices  int
	Graph       dag.Limits
	Keep        uint64 // ms for which the events of an epoch are kept after it was sealed; the epoch before the current one always is
	MaxLedger   uint64 // bytes of events of sealed epochs above which the oldest go earlier; 0 for no bound
	KeepAll     bool   // nothing is ever pruned
}

// DefaultPolicy is fit for a small gateway.
var DefaultPolicy = Policy{
	BatchCount: 1000, BatchWindow: 2000, MaxDevices: 10_000, Graph: dag.DefaultLimits, Keep: 24 * 3600 * 1000, MaxLedger: 1 << 30,
}

// Config is all that an engine is made from.
type Config struct {
	Network Network
	Self    Self
	Policy  Policy
	Mute    Mute
	Shared  *Shared // what this engine shares with others of the network; nil for nothing
}

// Mute says which notices nobody listens to, of those that are told for every event or commit.
type Mute struct{ Attached, Final, Committed bool }

func (c *Config) check() error {
	switch {
	case c.Network.Rules == nil || c.Network.Genesis == nil:
		return errors.New("engine: no ledger rules or genesis state")
	case c.Self.Signer == nil || c.Self.Random == nil || c.Self.BatchKey == nil:
		return errors.New("engine: no signer, randomness or batch key")
	case c.Policy.BatchCount < 1 || c.Policy.BatchCount > ledger.MaxAnchorCount:
		return fmt.Errorf("engine: batch count %d, want 1 to %d", c.Policy.BatchCount, ledger.MaxAnchorCount)
	}
	if err := ledger.CheckText(c.Policy.BatchTopic, ledger.MaxTopicLength); err != nil {
		return fmt.Errorf("engine: batch topic: %w", err)
	}
	return nil
}
