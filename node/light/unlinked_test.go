package light_test

import (
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/light"
	"github.com/ledgerofthings/lot/node/query"
	"github.com/ledgerofthings/lot/node/query/querytest"
)

// away returns a town in which some epochs went by while the box was away.
func away(t *testing.T, seed uint64) (*querytest.Town, *box) {
	t.Helper()
	town := newTown(t, seed, 4, func(p *governance.Parameters) { p.EpochRounds = 20 })
	town.Run(500)
	town.Full[0].Pay(payee, 1)
	b := newBox(town)
	b.ready(20_000)
	b.lost = func(string) bool { return true }
	for range 30 {
		town.Full[1].Pay(payee, 1)
		town.Run(300)
	}
	town.Run(4_000)
	b.lost = nil
	return town, b
}

// A proof that the log goes on is demanded while somebody has it; if nobody has, the committees' signatures are taken, and it is told.
func TestUnlinked(t *testing.T) {
	for _, without := range []int{1, 4} {
		town, b := away(t, 2)
		for n := range without {
			b.twist[town.Full[n].Name] = func(_ *query.Request, a *query.Answer) {
				if a.Head != nil && len(a.Head.Chain) > 0 {
					a.Head.Growth = nil
				}
			}
		}
		town.Until(120_000, "it enters a later epoch", func() bool { return b.machine.Origin().Epoch > 2 })
		if n := len(told[light.Unlinked](b)); n > 0 != (without == 4) || len(told[light.Liar](b)) > 0 {
			t.Fatalf("%d without: %d times unlinked, liars %+v", without, n, told[light.Liar](b))
		}
	}
}

// A chain to another committee is refused, whoever signed it.
func TestWrongCommittee(t *testing.T) {
	town, b := away(t, 3)
	b.twist["full-0"] = func(_ *query.Request, a *query.Answer) {
		if a.Head == nil || len(a.Head.Chain) == 0 {
			return
		}
		chain, err := proof.DecodeChain(a.Head.Chain)
		if err != nil {
			t.Fatal(err)
		}
		usurpers := proof.Committee{Network: town.Network.ID}
		for n := range 3 {
			usurpers.Members = append(usurpers.Members, proof.Member{Name: string(rune('a' + n)), Weight: 1, Cosign: querytest.Signer('x', n).Key()})
		}
		chain[len(chain)-1].Next = &usurpers
		if a.Head.Chain, err = chain.Encode(); err != nil {
			t.Fatal(err)
		}
	}
	town.Until(120_000, "it enters a later epoch", func() bool { return b.machine.Origin().Epoch > 2 })
	town.Run(120_000)
	for _, l := range told[light.Liar](b) {
		if l.Evidence.Peer != "full-0" || !strings.Contains(l.Evidence.Why, "committee") {
			t.Fatalf("%s: %s", l.Evidence.Peer, l.Evidence.Why)
		}
	}
	if got := b.balance(payee); got != 31 {
		t.Fatalf("the payee has %d", got)
	}
}
