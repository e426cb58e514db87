package engine

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
)

// Network is what all nodes of a network agree on, as its genesis says.
type Network struct {
	ID        dag.NetworkID
	Approvals int                     // how many events a payload event approves at most
	Members   map[dag.Key]dag.Account // every key that may issue events, and the account born with it
	Committee *finality.Committee     // those whose events vote
	Cosigners proof.Committee         // the same members with their checkpoint keys, for checkpoints
	Rules     *ledger.Rules
	Genesis   *ledger.State
	MaxDrift  uint64 // ms by which a reading's time may be ahead of the gateway's clock
	MaxAge    uint64 // ms by which it may be behind, for devices that store and forward
	MaxRate   uint64 // events per second that a key may issue; peers do not forward more
	Pace      uint64 // ms between a member's events; 0 to choose by committee size
}

// Self is what this node is and owns. A simulator gives every node its own.
type Self struct {
	Signer   dag.Signer      // issues events
	Account  dag.Account     // on whose behalf
	Cosigner proof.RawSigner // signs checkpoints; nil without a committee seat
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
}

// DefaultPolicy is fit for a small gateway.
var DefaultPolicy = Policy{BatchCount: 1000, BatchWindow: 2000, MaxDevices: 10_000, Graph: dag.DefaultLimits}

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
	if _, ok := c.Network.Members[c.Self.Signer.Key()]; !ok {
		return fmt.Errorf("engine: key %s is not a member of network %s", c.Self.Signer.Key(), c.Network.ID)
	}
	return nil
}

// admission refuses events of keys that the genesis does not list.
type admission map[dag.Key]dag.Account

// Judge implements dag.Judge.
func (m admission) Judge(a *dag.Arena, i dag.Index) error {
	if key := a.Event(i).Key(); m[key].IsZero() {
		return fmt.Errorf("key %s is not admitted to this network", key)
	}
	return nil
}
