package engine_test

import (
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/node/engine"
)

// R14: a sponsor that forks its chain admits more than its share.
func TestReviewForkedSponsor(t *testing.T) {
	p := governance.DefaultParameters()
	p.Admissions = 1
	w := newWorldWith(t, 1, 4, 1, p)
	w.startAll()
	w.run(1000)
	m := w.nodes[0]
	sponsor := w.nodes[4].self.Signer
	for n := range 50 {
		member := memberOf(100 + n)
		host, event, cosign := dag.NewSigner(seedOf('h', 100+n)), dag.NewSigner(seedOf('e', 100+n)), dag.NewSigner(seedOf('c', 100+n))
		a := governance.Application{Name: member.Name, Host: member.Host, Event: member.Event, Cosign: member.Cosign, Sponsor: sponsor.Key()}
		signed, err := a.Sign(w.network.ID, [32]byte{1, byte(n)}, host, event, cosign)
		if err != nil {
			t.Fatal(err)
		}
		body, err := (&governance.Admit{SignedApplication: signed}).Encode()
		if err != nil {
			t.Fatal(err)
		}
		f := dag.Fields{
			Network: w.network.ID, Key: sponsor.Key(), Account: dag.AccountOf(sponsor.Key()), Seq: 1, Time: w.now + uint64(n), Epoch: 1, Kind: governance.KindAdmit, Body: body,
			Approves: []dag.ID{dag.FirstOrigin(w.network.ID).Root(0), dag.FirstOrigin(w.network.ID).Root(1)},
		}
		v, err := f.Sign(sponsor)
		if err != nil {
			t.Fatal(err)
		}
		m.step(engine.Gossip{From: "4", Events: []dag.Verified{v}})
	}
	admitted := 0
	for _, n := range m.notices {
		if _, ok := n.(engine.Newcomer); ok {
			admitted++
		}
	}
	if admitted > 1 {
		t.Errorf("%d newcomers of a sponsor that may admit 1", admitted)
	}
}

// R15: an event that was void and issued again, as somebody sees it who waits for the first id.
func TestReviewReceiptOfAVoidEvent(t *testing.T) {
	w := newWorldWith(t, 1, 4, 1, shortEpochs(12))
	w.startAll()
	m := w.nodes[4]
	w.until(10_000, "may issue", func() bool { return m.engine.Overview().MayIssue })
	w.payEvery(m, dag.Account{9}, 50, 20_000)
	w.sameState(10_000)
	for _, n := range m.notices {
		r, ok := n.(engine.Reissued)
		if !ok {
			continue
		}
		last, err := m.engine.Successor(r.Old)
		if err != nil {
			t.Fatal(err)
		}
		now, err := m.engine.Event(last)
		if err != nil || now.Receipt == nil {
			t.Fatal("the last one is not final", err)
		}
		if info, err := m.engine.Event(r.Old); err != nil || info.Receipt == nil {
			t.Fatalf("its payload is final as %s, but the id that was answered to the client never gets a receipt: %s, %v", last.Short(), info.State, err)
		}
	}
}

// R16: a newcomer whose invitation pins an end of an epoch that is not the newest any more.
func TestReviewPinOfAnEarlierEpoch(t *testing.T) {
	w := newWorldWith(t, 1, 4, 1, shortEpochs(40))
	w.startAll()
	m := w.nodes[4]
	w.until(10_000, "may issue", func() bool { return m.engine.Overview().MayIssue })
	for m.engine.Network().Epoch < 2 {
		w.payEvery(m, dag.Account{9}, 100, 500)
	}
	w.until(20_000, "certified", func() bool { _, err := m.engine.Snapshot(); return err == nil })
	pin, err := m.engine.Pin() // what an invitation says, see node/membership.go
	if err != nil || pin.IsZero() {
		t.Fatal(pin, err)
	}
	for m.engine.Network().Epoch < 4 {
		w.payEvery(m, dag.Account{9}, 100, 500)
	}
	w.until(20_000, "certified", func() bool { _, err := m.engine.Snapshot(); return err == nil })
	snap, err := m.engine.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.engine.CertificatesSince(pin.Epoch); err != nil {
		t.Fatal("it is not even kept:", err)
	}
	if _, err := snap.Chain.Since(pin.Epoch, w.network.Cosigners); err != nil { // as catchup's server does
		t.Errorf("every gateway answers \"before\" to a newcomer with that pin: %v", err)
	}
}
