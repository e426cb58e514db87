package light_test

import (
	"math/rand/v2"
	"testing"

	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/light"
	"github.com/ledgerofthings/lot/node/query"
)

// In any mixture of lost requests, restarts, hidden events and ends of epochs, what the gateway says that it paid is what arrived, its
// key does not fork, and nobody honest is accused.
func TestStorm(t *testing.T) {
	for seed := range uint64(4) {
		random := rand.New(rand.NewPCG(seed, 5))
		town := newTown(t, seed, 4, func(p *governance.Parameters) { p.EpochRounds = 15 + 5*seed })
		town.Run(500)
		town.Full[0].Pay(payee, 1)
		b := newBox(town)
		b.lost = func(string) bool { return random.IntN(4) == 0 }
		b.twist["full-3"] = func(_ *query.Request, a *query.Answer) { // it hides what it can without being found out
			if a.Events != nil && random.IntN(2) == 0 {
				for i := range a.Events.Events {
					a.Events.Events[i] = query.Event{State: query.EventUnknown}
				}
			}
			if a.Head != nil && random.IntN(2) == 0 {
				a.Head = &query.Head{}
			}
		}
		for range 150 {
			switch n := random.IntN(20); {
			case n == 0:
				b.start()
			case n < 8:
				b.step(engine.Transfer{Ticket: b.ticket(), To: payee, Amount: 1})
			}
			town.Run(random.Uint64N(400))
		}
		b.lost = nil
		town.Until(120_000, "everything is final", func() bool {
			o := b.machine.Overview()
			return o.Pending == 0 && o.Outbox == 0 && o.MayIssue
		})
		town.Run(3_000)
		applied := uint64(1)
		for _, f := range told[light.Final](b) {
			if f.Status == ledger.StatusApplied {
				applied++
			}
		}
		if got := b.balance(payee); got != applied || applied < 10 {
			t.Fatalf("seed %d: %d arrived, %d are said to", seed, got, applied)
		}
		if l := told[light.Liar](b); len(l) > 0 {
			t.Fatalf("seed %d: %s: %s", seed, l[0].Evidence.Peer, l[0].Evidence.Why)
		}
		b.forked()
		t.Logf("seed %d: epoch %d, %d paid, %+v", seed, b.machine.Origin().Epoch, applied-1, b.machine.Counters())
	}
}
