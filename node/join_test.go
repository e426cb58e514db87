package node

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/identity/vault"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/joining"
)

// shortEpochs makes the epochs of a party as short as a genesis allows.
func shortEpochs(m *bootstrap.Manifest) { m.Parameters.EpochRounds = 100 }

// join makes a guest that comes in by an invitation of another one, and starts it.
func (p *party) join(sponsor *guest) *guest {
	t := p.t
	t.Helper()
	issued, err := sponsor.client.Invite(t.Context(), api.NewInvitation{})
	must(t, err)
	invitation, err := bootstrap.ParseInvitation(issued.Token)
	must(t, err)
	g := p.invite(len(p.guests))
	g.admitted, g.pin, g.config.Name = true, invitation.Terms().Pin, g.name
	for _, other := range p.guests {
		if other.node == nil {
			continue
		}
		g.config.Network.Seeds = append(g.config.Network.Seeds, other.config.Network.Listen[0]+"/p2p/"+other.node.mesh.ID())
	}
	seed, err := g.vault.Seed(vault.Host)
	must(t, err)
	c, err := joining.NewClient(invitation, seed[:], "test")
	must(t, err)
	defer c.Close()
	genesis, err := c.Genesis(t.Context())
	must(t, err)
	if genesis.ID() != p.genesis.ID() {
		t.Fatal("another genesis")
	}
	host, event, cosign := g.signer(vault.Host), g.signer(vault.Event), g.signer(vault.Cosign)
	application := governance.Application{
		Name: g.name, Host: host.Key(), Event: event.Key(), Cosign: cosign.Key(), Sponsor: invitation.Issuer(),
	}
	signed, err := application.Sign(genesis.ID(), invitation.ID(), host, event, cosign)
	must(t, err)
	first, err := c.Apply(t.Context(), signed)
	must(t, err)
	if again, err := c.Apply(t.Context(), signed); err != nil || again != first {
		t.Fatal("the same application again:", again, err)
	}
	g.start()
	return g
}

// transfer pays 1 from a guest to an account and waits until it is final.
func (g *guest) transfer(to dag.Account, key string) {
	t := g.p.t
	t.Helper()
	eventually(t, func() error {
		answer, err := g.client.Transfer(t.Context(), api.TransferRequest{To: to, Amount: 1, IdempotencyKey: key}, 5*time.Second)
		if err == nil && (answer.Receipt == nil || answer.Receipt.Status != api.StateOrdered) {
			err = fmt.Errorf("%+v", answer)
		}
		return err
	})
}

// epoch returns the epoch that the guest is in.
func (g *guest) epoch() uint64 {
	status, err := g.client.Status(g.p.t.Context())
	must(g.p.t, err)
	return status.Ledger.Epoch
}

// A gateway comes in by an invitation, takes part at once, and is a member of the epochs that follow.
func TestNewcomer(t *testing.T) {
	t.Parallel()
	p := newPartyOf(t, []func(*bootstrap.Manifest){shortEpochs}, 1, 1)
	p.startAll()
	a := p.guests[0]
	newcomer := p.join(a)
	newcomer.ready()
	to := newcomer.node.self.account
	a.transfer(to, "gift-1")
	a.transfer(to, "gift-2")
	newcomer.transfer(a.node.self.account, "back")
	for n := 0; a.epoch() < 3; n++ {
		a.transfer(to, fmt.Sprint("more-", n))
	}
	newcomer.transfer(a.node.self.account, "back-again")
	members, err := newcomer.client.Members(t.Context())
	must(t, err)
	if !slices.ContainsFunc(members.Members, func(m api.NetworkMember) bool { return m.Name == newcomer.name && m.Active && m.Sponsor == a.name }) {
		t.Fatalf("%+v", members)
	}
}

// One that joins when the beginning is long past loads a snapshot; so does one that was away for long. What they do then counts.
func TestNewcomerToAnOldNetwork(t *testing.T) {
	t.Parallel()
	p := newPartyOf(t, []func(*bootstrap.Manifest){shortEpochs}, 1, 1, 1, 0)
	p.startAll()
	a, away := p.guests[0], p.guests[3]
	account := away.node.self.account
	away.stop()
	for n := 0; a.epoch() < 4; n++ {
		a.transfer(account, fmt.Sprint("pay-", n))
	}
	newcomer := p.join(a)
	newcomer.ready()
	newcomer.logged("the state of the ledger was loaded")
	if newcomer.pin == (proof.Pin{}) {
		t.Fatal("the invitation pins nothing")
	}
	a.transfer(newcomer.node.self.account, "gift")
	newcomer.transfer(a.node.self.account, "back")
	away.start()
	away.ready()
	away.logged("the state of the ledger was loaded")
	away.transfer(a.node.self.account, "back too")
}
