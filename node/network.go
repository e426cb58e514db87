package node

import (
	"fmt"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
)

// NewNetwork returns what the engine has to know of a network, from its genesis.
func NewNetwork(g *bootstrap.Genesis) (engine.Network, error) {
	p := g.Parameters()
	n := engine.Network{
		ID: g.ID(), Approvals: int(p.Approvals), Members: map[dag.Key]dag.Account{},
		MaxDrift: p.ClockDrift, MaxAge: p.ClockDrift, MaxRate: p.MaxEventRate, Pace: p.Pace,
	}
	var seats []finality.Member
	for _, m := range g.Members() {
		n.Members[m.Event] = m.Account
		if m.Weight > 0 {
			seats = append(seats, finality.Member{Name: m.Name, Key: m.Event, Weight: m.Weight})
		}
	}
	var err error
	if n.Committee, err = finality.NewCommittee(seats); err != nil {
		return n, fmt.Errorf("genesis: %w", err)
	}
	n.Cosigners = Cosigners(g)
	if err := n.Cosigners.Validate(); err != nil {
		return n, fmt.Errorf("genesis: %w", err)
	}
	if n.Rules, err = ledger.NewRules(ledger.Anchors{}, ledger.Devices{}); err != nil {
		return n, err
	}
	n.Genesis, err = firstState(g)
	return n, err
}

// Cosigners returns the committee that signs a network's checkpoints: what a verifier of proofs needs.
func Cosigners(g *bootstrap.Genesis) proof.Committee {
	c := proof.Committee{Network: g.ID()}
	for _, m := range g.Committee() {
		c.Members = append(c.Members, proof.Member{Name: m.Name, Weight: m.Weight, Cosign: m.Cosign})
	}
	return c
}

// firstState returns the ledger at birth: the account of every member with its balance and its member's key.
func firstState(g *bootstrap.Genesis) (*ledger.State, error) {
	var accounts []ledger.GenesisAccount
	for _, m := range g.Members() {
		accounts = append(accounts, ledger.GenesisAccount{Account: m.Account, Balance: m.Balance, Keys: []dag.Key{m.Event}})
	}
	return ledger.Genesis(accounts)
}
