package engine_test

import (
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/node/engine"
)

// a sponsor that forks its chain admits more than its share.
func TestSponsorThatForksBringsInNobody(t *testing.T) {
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
