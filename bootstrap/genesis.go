package bootstrap

import (
	"slices"
	"strings"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/ledgerofthings/lot/dag"
)

// Genesis is a manifest without faults, and its id. It is immutable.
type Genesis struct {
	manifest Manifest // members in rising order of their event keys, accounts resolved
	id       dag.NetworkID
}

// NewGenesis checks a manifest, which it copies. The error is of type Faults.
func NewGenesis(m Manifest) (*Genesis, error) {
	var faults Faults
	m.check(&faults)
	if err := faults.err(); err != nil {
		return nil, err
	}
	return newGenesis(m), nil
}

// newGenesis takes a manifest without faults.
func newGenesis(m Manifest) *Genesis {
	m.Members = slices.Clone(m.Members)
	for i := range m.Members {
		m.Members[i].Account = m.Members[i].account()
	}
	slices.SortFunc(m.Members, func(a, b Member) int { return a.Event.Compare(b.Event) })
	return &Genesis{manifest: m, id: m.id()}
}

// ID returns the network id: a hash of what the genesis says, however it is written, defaults included. docs/protocol.md,
// section 15, gives the form that is hashed.
func (g *Genesis) ID() dag.NetworkID { return g.id }

// Name returns the network's name.
func (g *Genesis) Name() string { return g.manifest.Name }

// Created returns when the network was founded, in ms since the Unix epoch.
func (g *Genesis) Created() uint64 { return g.manifest.Created }

// Parameters returns the rules of the network.
func (g *Genesis) Parameters() Parameters { return g.manifest.Parameters }

// Members returns all members in rising order of their event keys. Their accounts are set.
func (g *Genesis) Members() []Member { return slices.Clone(g.manifest.Members) }

// Committee returns the members with a seat in rising order of their event keys.
func (g *Genesis) Committee() []Member {
	return slices.DeleteFunc(g.Members(), func(m Member) bool { return m.Weight == 0 })
}

// TotalWeight returns the weight of all seats together.
func (g *Genesis) TotalWeight() uint64 {
	total := uint64(0)
	for i := range g.manifest.Members {
		total += g.manifest.Members[i].Weight
	}
	return total
}

// MemberByEvent returns the member that issues events with key.
func (g *Genesis) MemberByEvent(key dag.Key) (Member, bool) {
	i, found := slices.BinarySearchFunc(g.manifest.Members, key, func(m Member, k dag.Key) int { return m.Event.Compare(k) })
	if !found {
		return Member{}, false
	}
	return g.manifest.Members[i], true
}

// MemberByHost returns the member whose libp2p host is id.
func (g *Genesis) MemberByHost(id peer.ID) (Member, bool) {
	i := slices.IndexFunc(g.manifest.Members, func(m Member) bool { return m.Host == id })
	if i < 0 {
		return Member{}, false
	}
	return g.manifest.Members[i], true
}

// Peers returns the hosts of all members, the peers that may connect, in rising order.
func (g *Genesis) Peers() []peer.ID {
	peers := make([]peer.ID, len(g.manifest.Members))
	for i := range g.manifest.Members {
		peers[i] = g.manifest.Members[i].Host
	}
	slices.SortFunc(peers, func(a, b peer.ID) int { return strings.Compare(string(a), string(b)) })
	return peers
}

// Supply returns the sum of all balances in base units. It never changes.
func (g *Genesis) Supply() uint64 {
	supply := uint64(0)
	for i := range g.manifest.Members {
		supply += g.manifest.Members[i].Balance
	}
	return supply
}
