package node

import (
	"fmt"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
)

// NewNetwork returns what the engine has to know of a network, from its genesis.
func NewNetwork(g *bootstrap.Genesis) (engine.Network, error) {
	versions, err := engine.NewRules(g.ID())
	if err != nil {
		return engine.Network{}, err
	}
	p := g.Parameters()
	founders := make([]engine.Founder, 0, len(g.Members()))
	for _, m := range g.Members() {
		host, err := bootstrap.HostKey(m.Host)
		if err != nil {
			return engine.Network{}, fmt.Errorf("genesis: member %q: %w", m.Name, err)
		}
		founders = append(founders, engine.Founder{Balance: m.Balance, Member: governance.Member{
			Name: m.Name, Host: host, Event: m.Event, Cosign: m.Cosign, Account: m.Account, Weight: m.Weight,
		}})
	}
	n, err := engine.Found(g.ID(), g.Created(), founders, governance.Parameters{
		Approvals: p.Approvals, MaxEventRate: p.MaxEventRate, ClockDrift: p.ClockDrift, Pace: p.Pace,
		EpochRounds: p.EpochRounds, EpochEvents: p.EpochEvents, Admissions: p.Admissions, Version: p.Version,
	}, versions)
	if err != nil {
		return n, fmt.Errorf("genesis: %w", err)
	}
	return n, nil
}

// Cosigners returns the committee that signs a network's checkpoints in its first epoch: what a verifier of proofs begins with.
func Cosigners(g *bootstrap.Genesis) proof.Committee {
	c := proof.Committee{Network: g.ID(), Epoch: dag.FirstEpoch}
	for _, m := range g.Committee() {
		c.Members = append(c.Members, proof.Member{Name: m.Name, Weight: m.Weight, Cosign: m.Cosign})
	}
	return c
}
