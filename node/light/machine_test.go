package light_test

import (
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/light"
	"github.com/ledgerofthings/lot/node/query"
)

var payee = dag.Account{9}

func TestPaysAndProves(t *testing.T) {
	town := newTown(t, 1, 4, nil)
	town.Run(500)
	town.Full[0].Pay(payee, 5)
	b := newBox(town)
	b.ready(10_000)
	id := b.pay(payee, 7)
	town.Until(10_000, "the transfer is final", func() bool { return len(told[light.Final](b)) == 1 })
	final := told[light.Final](b)[0]
	if final.Event != id || final.Status != ledger.StatusApplied {
		t.Fatalf("final: %+v", final)
	}
	town.Run(2_000)
	if got := b.balance(payee); got != 12 {
		t.Fatalf("the payee has %d, proven", got)
	}
	ticket := b.ticket()
	b.step(light.Find{Ticket: ticket, ID: id})
	town.Until(5_000, "the event is found", func() bool { _, ok := b.found[ticket]; return ok })
	info := b.found[ticket].Event
	if info == nil || info.State != query.EventOrdered {
		t.Fatalf("found: %+v", b.found[ticket])
	}
	if _, err := proof.Verify(info.Proof, town.Network.Cosigners); err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v, %d bytes", b.machine.Counters(), b.bytes)
}

func TestFollowsEpochs(t *testing.T) {
	for seed := range uint64(3) {
		town := newTown(t, seed, 4, func(p *governance.Parameters) { p.EpochRounds = 20 })
		town.Run(500)
		town.Full[0].Pay(payee, 1)
		b := newBox(town)
		b.ready(10_000)
		paid := uint64(1)
		for range 60 {
			if ok, _ := b.machine.MayIssue(); ok {
				b.pay(payee, 1)
				paid++
			}
			town.Run(300)
		}
		town.Until(30_000, "all is final", func() bool { return uint64(len(told[light.Final](b)))+1 == paid })
		town.Run(3_000)
		if got := b.balance(payee); got != paid {
			t.Fatalf("seed %d: %d paid, %d arrived", seed, paid, got)
		}
		if epoch := b.machine.Origin().Epoch; epoch < 4 || len(told[light.Liar](b)) > 0 {
			t.Fatalf("seed %d: epoch %d, liars %+v", seed, epoch, told[light.Liar](b))
		}
		t.Logf("seed %d: epoch %d, %d paid, %+v", seed, b.machine.Origin().Epoch, paid, b.machine.Counters())
	}
}
