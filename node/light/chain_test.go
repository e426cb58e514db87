package light_test

import (
	"testing"

	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/light"
	"github.com/ledgerofthings/lot/node/query/querytest"
)

// When the committee changes, the light gateway goes along, and what it proves to others leads from the committee of genesis.
func TestCommitteeChanges(t *testing.T) {
	town := newTown(t, 11, 5, func(p *governance.Parameters) { p.EpochRounds = 60 })
	town.Run(500)
	town.Full[0].Pay(payee, 1)
	b := newBox(town)
	b.ready(20_000)
	first := b.pay(payee, 1)
	town.Until(20_000, "the transfer is final", func() bool { return len(told[light.Final](b)) == 1 })
	body, err := (&governance.Remove{Member: querytest.Signer('e', 4).Key()}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	town.Full[4].Govern(governance.KindRemove, body)
	town.Until(60_000, "the epoch ends", func() bool { return b.machine.Origin().Epoch > 1 })
	b.ready(60_000)
	second := b.pay(payee, 1)
	town.Until(60_000, "the transfer is final", func() bool { return len(told[light.Final](b)) == 2 })
	town.Run(3_000)
	b.start()
	town.Run(5_000)
	for _, id := range []([32]byte){first, second} {
		ticket := b.ticket()
		b.step(light.Find{Ticket: ticket, ID: id})
		town.Until(10_000, "the event is found", func() bool { _, ok := b.found[ticket]; return ok })
		f := b.found[ticket]
		if f.Event == nil || f.Event.Proof == nil {
			t.Fatalf("%+v", f.Refusal)
		}
		result, err := proof.Verify(f.Event.Proof, town.Network.Cosigners)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(result.Committee.Members); n != 4 {
			t.Fatalf("%d members signed for", n)
		}
	}
	if l := told[light.Liar](b); len(l) > 0 {
		t.Fatalf("%s: %s", l[0].Evidence.Peer, l[0].Evidence.Why)
	}
}
