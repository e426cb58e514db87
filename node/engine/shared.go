package engine

import (
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag/finality"
	"github.com/ledgerofthings/lot/dag/proof"
)

// Shared is what follows from events alone, whichever node looks at them: the events themselves, what their cones say, the
// commits, and what those do to the ledger, epoch by epoch. A node has one of its own. A simulation gives one to many engines, so
// that all of it is computed and kept once; what each does remains the same to the byte. The engines of one Shared are used by
// one goroutine at a time.
type Shared struct {
	network *Network // of the first epoch
	private bool     // of one node, which lets go of what it has passed
	recent  []*epoch // the first epoch and the latest others
}

// keptEpochs is how many epochs are shared at once. A node that is further behind computes its own.
const keptEpochs = 4

// NewShared returns what the engines of a network share before the first event. It remembers the outcomes of all commits of its
// latest epochs, so that an engine that is made later finds them. Only an impossible network gives an error.
func NewShared(n *Network) (*Shared, error) {
	if n.Rules == nil || n.Genesis == nil || n.Committee == nil {
		return nil, errors.New("engine: no ledger rules, genesis state or committee")
	}
	s := &Shared{network: n}
	e, err := newEpoch(n, start{state: n.Genesis, log: new(proof.Log)})
	if err != nil {
		return nil, err
	}
	s.recent = []*epoch{e}
	return s, nil
}

// remember keeps an epoch for those that come later, and lets go of the oldest.
func (s *Shared) remember(e *epoch) {
	if s.private {
		s.recent = []*epoch{e}
		return
	}
	s.recent = append(s.recent, e)
	if len(s.recent) > keptEpochs {
		s.recent = append([]*epoch(nil), s.recent[1:]...)
	}
}

// find returns the epoch that a seal opened, if it is here.
func (s *Shared) find(seal proof.Hash) *epoch {
	for _, e := range s.recent {
		if e.seal != nil && e.seal.Leaf.Hash() == seal {
			return e
		}
	}
	return nil
}

// first returns the first epoch.
func (s *Shared) first() (*epoch, error) {
	if len(s.recent) > 0 && s.recent[0].seal == nil {
		return s.recent[0], nil
	}
	return newEpoch(s.network, start{state: s.network.Genesis, log: new(proof.Log)})
}

// shared returns the Shared that an engine is to use.
func (c *Config) shared() (*Shared, error) {
	if s := c.Shared; s != nil {
		if s.network.ID != c.Network.ID {
			return nil, fmt.Errorf("engine: what is shared belongs to network %s, not %s", s.network.ID, c.Network.ID)
		}
		return s, nil
	}
	s, err := NewShared(&c.Network)
	if err != nil {
		return nil, err
	}
	s.private = true
	return s, nil
}

// begin returns where a node that enters an epoch stands in it. Nobody else enters a private one, so that is let go of outcomes
// and commits once the engine has passed them.
func (s *Shared) begin(e *epoch) (*finality.Order, *outcome) {
	order, at := e.history.NewOrder(), e.opening
	if s.private {
		e.history, e.opening = nil, nil
	}
	return order, at
}
