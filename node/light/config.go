package light

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
)

// Self is what this gateway is and owns.
type Self struct {
	Signer  dag.Signer  // issues events
	Account dag.Account // on whose behalf
	Random  *rand.Rand  // the one source of randomness
	// BatchKey derives the key that encrypts a batch from its Merkle root; see engine.Self.
	BatchKey func(root [32]byte) [32]byte
}

// Policy is what may be chosen. Times are in ms.
type Policy struct {
	Peers       int    // that are asked at a time, from 1
	Rotate      uint64 // after which one of them is replaced by another
	Idle        uint64 // between two questions for a newer checkpoint while nothing is waited for
	Busy        uint64 // the same while own events are not final, or somebody waits
	Resubmit    uint64 // after which an event that is not final is handed to another peer
	OutboxLimit int    // payloads that may wait to be issued

	BatchCount  int    // readings after which a batch is closed, 1 to ledger.MaxAnchorCount
	BatchWindow uint64 // after a batch's first reading at which it is closed
	BatchTopic  string // written into anchors
	MaxDevices  int
	MaxDrift    uint64 // by which a reading's time may be ahead of the gateway's clock
	MaxAge      uint64 // by which it may be behind; 0 for no bound
}

// DefaultPolicy is fit for a small box on a slow line.
var DefaultPolicy = Policy{
	Peers: 3, Rotate: 10 * 60_000, Idle: 20_000, Busy: 1_000, Resubmit: 5_000, OutboxLimit: 10_000,
	BatchCount: 1000, BatchWindow: 60_000, MaxDevices: 1_000, MaxDrift: 300_000, MaxAge: 300_000,
}

// Config is all that a machine is made from.
type Config struct {
	Network   dag.NetworkID
	Committee proof.Committee // of the network's genesis
	Version   uint64          // the newest version of the protocol that the program knows
	Pin       proof.Pin       // a seal to begin with; zero to begin with genesis
	Self      Self
	Policy    Policy
}

func (c *Config) check() error {
	if err := c.Committee.Validate(); err != nil {
		return fmt.Errorf("light gateway: %w", err)
	}
	p := &c.Policy
	switch {
	case c.Committee.Network != c.Network || c.Committee.Epoch != dag.FirstEpoch:
		return errors.New("light gateway: the committee is not that of the network's first epoch")
	case c.Self.Signer == nil || c.Self.Random == nil || c.Self.BatchKey == nil || c.Self.Account.IsZero() || c.Version == 0:
		return errors.New("light gateway: no signer, randomness, batch key, account or version")
	case p.BatchCount < 1 || p.BatchCount > ledger.MaxAnchorCount:
		return fmt.Errorf("light gateway: batch count %d, want 1 to %d", p.BatchCount, ledger.MaxAnchorCount)
	case p.Peers < 1 || p.Idle == 0 || p.Busy == 0 || p.Resubmit == 0 || p.Rotate == 0 || p.OutboxLimit < 1:
		return fmt.Errorf("light gateway: policy %+v has nothing where something is needed", *p)
	}
	if err := ledger.CheckText(p.BatchTopic, ledger.MaxTopicLength); err != nil {
		return fmt.Errorf("light gateway: batch topic: %w", err)
	}
	return nil
}
