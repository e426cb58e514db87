package record

import (
	"bytes"
	"testing"

	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/node/engine"
)

// A record that goes over several epochs, with a change that the committee decides, replays to the same: what others signed is judged
// by the committees of the moment at which it came.
func TestRecordOverEpochs(t *testing.T) {
	p := governance.DefaultParameters()
	p.EpochRounds = 8
	w := newWorldWith(t, 4, p)
	var record bytes.Buffer
	r := w.start(&record, roomy)
	w.live()
	propose := governance.Propose{Actions: []governance.Action{
		{Verb: governance.VerbSeat, Member: w.nodes[0].self.Signer.Key(), Weight: 2},
	}}
	body, err := propose.Encode()
	w.must(err)
	w.do(recorded, engine.Govern{Ticket: 70, Kind: governance.KindPropose, Body: body})
	w.run(1000)
	for i := range w.nodes {
		for _, proposal := range governance.Proposals(w.nodes[i].engine.State()) {
			approve := governance.Approve{Proposal: proposal.ID}
			body, err := approve.Encode()
			w.must(err)
			w.do(i, engine.Govern{Ticket: 71, Kind: governance.KindApprove, Body: body})
		}
	}
	w.live()
	w.must(r.Close())
	network := w.nodes[recorded].engine.Network()
	if network.Epoch < 4 || network.Cosigners.Members[0].Weight+network.Cosigners.Members[1].Weight+
		network.Cosigners.Members[2].Weight+network.Cosigners.Members[3].Weight != 5 {
		t.Fatalf("epoch %d, committee %+v", network.Epoch, network.Cosigners.Members)
	}
	o, err := Replay(&record, w.setup())
	w.must(err)
	if o.Difference != nil {
		t.Fatal(o.Difference)
	}
	if want := w.nodes[recorded].engine.State().Root(); o.Root != want || o.Commit != w.nodes[recorded].engine.Overview().Commits {
		t.Errorf("it came to commit %d, state %x", o.Commit, o.Root)
	}
}
