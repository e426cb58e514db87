package node

import (
	"fmt"
	"testing"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/catchup"
)

// decide lets guests with seats propose and approve a change, and lets the first one pay the second until it is effective.
func (p *party) decide(change api.Change, seats ...*guest) {
	t := p.t
	t.Helper()
	id, err := seats[0].client.Propose(t.Context(), api.NewProposal{Changes: []api.Change{change}, ExpiresIn: 600_000})
	must(t, err)
	for _, g := range seats[1:] {
		eventually(t, func() error { _, err := g.client.Approve(t.Context(), id); return err })
	}
	payer, to := seats[0], seats[1].node.self.account
	for n := 0; ; n++ {
		proposals, err := payer.client.Proposals(t.Context())
		must(t, err)
		if len(proposals) == 1 && proposals[0].Epoch != 0 && payer.epoch() >= proposals[0].Epoch {
			return
		}
		payer.transfer(to, fmt.Sprint("meanwhile-", n))
	}
}

// The committee changes; later somebody joins by an invitation that names an epoch after that. What it proves holds for those who know the
// genesis alone, as does the checkpoint that it hands on.
func TestProofsOfANewcomerAfterAChange(t *testing.T) {
	t.Parallel()
	p := newPartyOf(t, []func(*bootstrap.Manifest){shortEpochs}, 1, 1)
	p.startAll()
	a, b := p.guests[0], p.guests[1]
	a.transfer(b.node.self.account, "first") // ledger time begins
	p.decide(api.Change{Verb: "seat", Member: b.name}, a, b)
	changed := a.epoch()
	for n := 0; a.epoch() < changed+nearEpochs+2; n++ {
		a.transfer(b.node.self.account, fmt.Sprint("pay-", n))
	}
	newcomer := p.join(a)
	newcomer.ready()
	newcomer.logged("the state of the ledger was loaded")
	if newcomer.pin.Epoch < changed {
		t.Fatalf("the invitation pins epoch %d, the committee changed before epoch %d", newcomer.pin.Epoch, changed)
	}
	newcomer.logged("the certificates from before this gateway joined are here")
	a.transfer(newcomer.node.self.account, "gift")
	newcomer.transfer(a.node.self.account, "back")
	d := newDevice(1)
	d.register(newcomer)
	d.send(newcomer, 1, 3)
	newcomer.final(3)
	genesis := Cosigners(p.genesis)
	eventually(t, func() error {
		file, err := newcomer.client.ReadingProof(t.Context(), d.key(), 2)
		if err != nil {
			return err
		}
		parsed, err := proof.Parse(file)
		must(t, err)
		result, err := proof.Verify(parsed, genesis)
		must(t, err)
		if len(result.Committee.Members) != 1 || len(parsed.Chain) == 0 {
			t.Fatalf("%d members signed, %d certificates lead to them", len(result.Committee.Members), len(parsed.Chain))
		}
		return nil
	})
	checkpoint, err := newcomer.client.CheckpointFile(t.Context())
	must(t, err)
	parsed, err := catchup.ParseFile(checkpoint)
	must(t, err)
	_, err = parsed.Verify(catchup.Start{Committee: genesis})
	must(t, err)
	newcomer.stop()
	newcomer.start()
	newcomer.ready()
	eventually(t, func() error { _, err := newcomer.client.ReadingProof(t.Context(), d.key(), 3); return err })
}
