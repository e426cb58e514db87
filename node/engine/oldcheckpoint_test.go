package engine_test

import (
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
)

// A node that has restarted hears of a checkpoint about a part of the log that it has pruned since, for nothing newer has a quorum: it
// has nothing to compare that with, and goes on.
func TestCheckpointOlderThanWhatIsKept(t *testing.T) {
	for payments := range uint64(3) {
		checkOldCheckpoint(t, 1_000+100*payments)
	}
}

func checkOldCheckpoint(t *testing.T, before uint64) {
	t.Helper()
	w := newWorldWith(t, 1, 4, 1, shortEpochs(20))
	for _, m := range w.nodes {
		m.policy.Keep = 500
	}
	w.startAll()
	payer, payee := w.nodes[4], dag.Account{9}
	w.until(10_000, "the payer may issue", func() bool { return payer.engine.Overview().MayIssue })
	w.payEvery(payer, payee, 100, before)
	for _, member := range w.nodes[:2] { // from now on nothing has a quorum
		member.stop()
		member.self.Cosigner = nil
		member.start()
	}
	signed := payer.engine.Overview().Signed
	w.payEvery(payer, payee, 100, 8_000)
	if o := payer.engine.Overview(); o.Signed > signed+40 || o.Oldest < 4 {
		t.Fatalf("%+v: this is not what the test is about", o)
	}
	idle := w.nodes[3] // it has no event with a leaf, so it has pruned all of the log
	idle.stop()
	idle.start()
	w.payEvery(payer, payee, 100, 3_000)
	signers := idle.engine.Signers()
	old, err := proof.OpenCheckpoint(payer.engine.CheckpointNote(), signers.Before)
	if err != nil {
		t.Fatal(err)
	}
	offer := dag.NewOffer(payer.engine.Network().Epoch, payer.engine.Graph().Digest())
	idle.step(engine.Sync{From: "4", Message: offer, Checkpoint: &old})
	if o := idle.engine.Overview(); o.Signed != old.Size {
		t.Fatalf("%+v: it has not taken the checkpoint of size %d", o, old.Size)
	}
	w.payEvery(payer, payee, 100, 1_000)
	w.sameState(20_000)
}
