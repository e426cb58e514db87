package engine_test

import (
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
)

// checkChains fails the test unless every node that has a certified end of an epoch has a chain of certificates that leads there from the
// first committee: newcomers and light gateways come by it.
func (w *world) checkChains() {
	w.t.Helper()
	for _, m := range w.nodes {
		snap, err := m.engine.Snapshot()
		if err != nil {
			w.t.Errorf("node %d: %v", m.number, err)
			continue
		}
		if _, _, err := snap.Chain.Verify(w.network.ID, w.network.Cosigners); err != nil {
			w.t.Errorf("node %d: its chain of %d certificates: %v", m.number, len(snap.Chain), err)
		}
	}
}

// A node is away while the committee changes, and replays what it missed. It knows then who the committee is, and has to be able to show
// others why.
func TestCertificatesOfAMissedChange(t *testing.T) {
	w := newWorldWith(t, 1, 4, 2, shortEpochs(40))
	w.startAll()
	payer, away := w.nodes[4], w.nodes[5]
	w.until(10_000, "both may issue", func() bool {
		return payer.engine.Overview().MayIssue && away.engine.Overview().MayIssue
	})
	away.stop()
	epoch := payer.engine.Network().Epoch
	w.decide(w.nodes[0], nil, governance.Action{Verb: governance.VerbSeat, Member: w.nodes[3].self.Signer.Key()})
	w.payEvery(payer, dag.Account{9}, 100, 3_000)
	if w.nodes[0].engine.Network().Epoch == epoch || w.nodes[0].engine.Network().Committee.Len() != 3 {
		t.Fatal("the committee has not changed")
	}
	w.payEvery(payer, dag.Account{9}, 100, 6_000)
	away.start()
	w.payEvery(payer, dag.Account{9}, 100, 6_000)
	w.sameState(20_000)
	w.run(20_000)
	w.checkChains()
}
