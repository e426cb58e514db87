package engine

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
	"github.com/ledgerofthings/lot/dag/proof"
)

// Shared is what follows from events alone, whichever node looks at them: the events themselves, what their cones say, the
// commits, and what those do to the ledger. A node has one of its own. A simulation gives one to many engines, so that all of
// it is computed and kept once; what each does remains the same to the byte. The engines of one Shared are used by one
// goroutine at a time.
type Shared struct {
	network   Network
	arena     *dag.Arena
	rules     *finality.Rules
	history   *finality.History
	genesis   *outcome // from which all outcomes can be reached
	collector *proof.Collector
	cosigners proof.Hash // names those who sign checkpoints
}

// NewShared returns what the engines of a network share before the first event. It remembers the outcomes of all commits, so
// that an engine that is made later finds them. Only an impossible network gives an error.
func NewShared(n *Network) (*Shared, error) {
	if n.Rules == nil || n.Genesis == nil || n.Committee == nil {
		return nil, fmt.Errorf("engine: no ledger rules, genesis state or committee")
	}
	collector, err := proof.NewCollector(n.Cosigners)
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	s := &Shared{network: *n, collector: collector, cosigners: n.Cosigners.Hash()}
	s.rules = finality.NewRules(n.Committee, firstEpoch, [32]byte(n.ID))
	s.arena = dag.NewArena(n.ID, n.Approvals, admission(n.Members), s.rules)
	s.history = finality.NewHistory(s.rules)
	s.genesis = &outcome{commit: s.history.NewOrder().LastCommit(), state: n.Genesis, log: new(proof.Log)}
	if s.genesis.head, err = s.genesis.log.Head(); err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	return s, nil
}

// join returns the Shared that an engine is to use, and where it begins on it. Nobody else begins on a private one, so that
// is let go of outcomes once the engine has passed them.
func (c *Config) join() (s *Shared, order *finality.Order, begin *outcome, err error) {
	if s = c.Shared; s != nil {
		if s.network.ID != c.Network.ID {
			return nil, nil, nil, fmt.Errorf("engine: what is shared belongs to network %s, not %s", s.network.ID, c.Network.ID)
		}
		return s, s.history.NewOrder(), s.genesis, nil
	}
	if s, err = NewShared(&c.Network); err != nil {
		return nil, nil, nil, err
	}
	order, begin = s.history.NewOrder(), s.genesis
	s.history, s.genesis = nil, nil
	return s, order, begin, nil
}

// firstEpoch is the epoch of a network's first events.
const firstEpoch = 1
