package engine

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
)

// start is what an epoch begins with.
type start struct {
	seal    *proof.Seal   // that ended the epoch before; nil for the first epoch
	state   *ledger.State // after it
	log     *proof.Log    // with the seal's leaf as the last
	commits uint64        // made before
	ordered uint64        // events ordered before
}

// epoch is one epoch of a network, the same for every node that is in it: who takes part, the events, what their cones say, and
// what was committed. See dag.Origin for why an epoch has a graph of its own.
type epoch struct {
	start
	network   *Network // what holds in it
	arena     *dag.Arena
	rules     *finality.Rules
	history   *finality.History // nil once the only node that is in it has begun
	opening   *outcome          // likewise
	collector *proof.Collector
	cosigners proof.Hash // names those who sign checkpoints
	admission *admission
}

// newEpoch returns an epoch in which nothing has happened yet.
func newEpoch(n *Network, s start) (*epoch, error) {
	collector, err := proof.NewCollector(n.Cosigners)
	if err != nil {
		return nil, fmt.Errorf("engine: epoch %d: %w", n.Epoch, err)
	}
	e := &epoch{start: s, network: n, collector: collector, cosigners: n.Cosigners.Hash(), admission: newAdmission(n)}
	origin := s.origin(n.ID)
	e.rules = finality.NewRules(n.Committee, n.Epoch, s.seed(n.ID))
	e.arena = dag.NewArena(origin, n.Approvals, e.admission, e.rules)
	e.history = finality.NewHistory(e.rules, s.state.Time())
	e.opening = &outcome{
		epoch: e, commit: e.history.NewOrder().LastCommit(), number: s.commits, ordered: s.ordered, state: s.state, log: s.log,
	}
	if e.opening.head, err = s.log.Head(); err != nil {
		return nil, fmt.Errorf("engine: epoch %d: %w", n.Epoch, err)
	}
	return e, nil
}

// origin returns what the epoch's graph begins with.
func (s *start) origin(network dag.NetworkID) dag.Origin {
	if s.seal == nil {
		return dag.FirstOrigin(network)
	}
	return dag.Origin{Network: network, Epoch: s.seal.Leaf.Epoch + 1, Seal: s.seal.Leaf.Hash()}
}

// seed returns what the leaders of the epoch are drawn from. Whoever issues the event that seals an epoch can try several, and so has
// some influence on who leads when in the next, but on nothing else.
func (s *start) seed(network dag.NetworkID) [32]byte {
	if s.seal == nil {
		return network
	}
	return s.seal.Leaf.Hash()
}

// ends reports whether a commit is the last of the epoch: because enough rounds have passed or enough events are ordered, so that
// nobody has to keep more, or because an accepted change waits to take effect.
func (e *epoch) ends(c *finality.Commit, s *ledger.State) bool {
	n := e.network
	return n.EpochRounds != 0 && c.Slot >= n.EpochRounds ||
		n.EpochEvents != 0 && uint64(c.Ordered()) >= n.EpochEvents ||
		changePending(s)
}

// next returns the epoch that a sealing outcome opens. It is made once.
func (s *Shared) next(o *outcome) (*epoch, error) {
	if o.opens != nil {
		return o.opens, nil
	}
	network, err := o.epoch.network.Next(o.state)
	if err != nil {
		return nil, err
	}
	e, err := newEpoch(network, start{seal: o.seal, state: o.state, log: o.log, commits: o.number, ordered: o.ordered})
	if err != nil {
		return nil, err
	}
	o.opens = e
	s.remember(e)
	return e, nil
}
