package light

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
)

// Self is what this gateway is and owns.
type Self struct {
	Signer  dag.Signer  // issues events
	Account dag.Account // on whose behalf
	Random  *rand.Rand  // the one source of randomness
}

// Policy is what may be chosen. Times are in ms.
type Policy struct {
	Peers       int    // that are asked at a time, from 1
	Rotate      uint64 // after which one of them is replaced by another
	Idle        uint64 // between two questions for a newer checkpoint while nothing is waited for
	Busy        uint64 // the same while own events are not final, or somebody waits
	Resubmit    uint64 // after which an event that is not final is handed to another peer
	OutboxLimit int    // payloads that may wait to be issued
}

// DefaultPolicy is fit for a small box on a slow line.
var DefaultPolicy = Policy{
	Peers: 3, Rotate: 10 * 60_000, Idle: 20_000, Busy: 500, Resubmit: 5_000, OutboxLimit: 10_000,
}

// Config is all that a machine is made from.
type Config struct {
	Network   dag.NetworkID
	Committee proof.Committee // of the network's genesis
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
	case c.Self.Signer == nil || c.Self.Random == nil || c.Self.Account.IsZero():
		return errors.New("light gateway: no signer, randomness or account")
	case p.Peers < 1 || p.Idle == 0 || p.Busy == 0 || p.Resubmit == 0 || p.Rotate == 0 || p.OutboxLimit < 1:
		return fmt.Errorf("light gateway: policy %+v has nothing where something is needed", *p)
	}
	return nil
}
