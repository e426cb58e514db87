package node

import (
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/engine"
)

// openRoster takes over from the engine who is in the network.
func (n *Node) openRoster() error {
	e := n.loop.engine
	n.roster = newRoster(e.Network(), e.Signers())
	for _, guest := range e.Newcomers() {
		n.roster.welcome(guest)
	}
	e.Frontier(func(key dag.Key, seq uint64) { n.roster.attached(key, e.Network().Epoch, seq) })
	n.roster.checkpoint(e.Overview().Signed)
	return nil
}

// sealed follows the engine into the next epoch.
func (w *news) sealed(e engine.Sealed) {
	before, _ := w.n.roster.now()
	w.n.roster.enter(e.Network, e.Signers)
	w.n.log.Debug("an epoch is over", "epoch", e.Epoch, "seal", e.Seal, "events", e.Events, "ordered", e.Ordered, "voided", e.Voided)
	if e.Network.Version != before.Version {
		w.n.log.Info("the protocol's version has changed", "from", before.Version, "to", e.Network.Version, "epoch", e.Network.Epoch)
	}
	if !slices.Equal(before.Cosigners.Members, e.Network.Cosigners.Members) {
		w.n.log.Info("the committee has changed", "seats", len(e.Network.Cosigners.Members), "epoch", e.Network.Epoch)
	}
	w.n.mesh.Recheck()
	w.n.tellReplicas()
	w.publish(api.Notice{Type: api.NoticeEpoch, Epoch: &api.EpochChange{
		Epoch: e.Network.Epoch, Version: e.Network.Version, Seal: e.Seal.String(), Events: e.Events, Voided: e.Voided,
	}})
}

// reissued lets those who wait for an event wait for the one that stands for it.
func (w *news) reissued(e engine.Reissued) {
	w.n.log.Debug("an event came too late for its epoch and was issued again", "event", e.Old, "as", e.New)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, waiter := range w.waiting[e.Old] {
		waiter <- engine.Final{} // it looks, and finds the other one
	}
	delete(w.waiting, e.Old)
}

// signerName returns the name of a member of an epoch's committee.
func (n *Node) signerName(epoch uint64, member int) string {
	_, signers := n.roster.now()
	if c, ok := signers.Of(epoch); ok && member < len(c.Members) {
		return c.Members[member].Name
	}
	return "?"
}

// isSeated reports whether a key has a seat in the committee.
func isSeated(network *engine.Network, key dag.Key) bool {
	_, ok := network.Committee.Number(key)
	return ok
}
