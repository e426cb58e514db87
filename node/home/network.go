package home

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/identity/vault"
)

// Card returns the member card of the gateway whose keys a vault holds. The error wraps bootstrap.ErrCard or one of package
// vault.
func Card(v *vault.Vault, name string) (*bootstrap.Card, error) {
	host, err := v.Signer(vault.Host)
	if err != nil {
		return nil, err
	}
	event, err := v.Signer(vault.Event)
	if err != nil {
		return nil, err
	}
	cosign, err := v.Signer(vault.Cosign)
	if err != nil {
		return nil, err
	}
	return bootstrap.NewCard(name, host, event, cosign)
}

// Genesis loads the network that the gateway is in. The error wraps ErrNoNetwork, or is one of bootstrap.LoadGenesis.
func (h *Home) Genesis() (*bootstrap.Genesis, error) {
	g, err := bootstrap.LoadGenesis(h.GenesisPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("data folder %s: %w: `lot join` takes an invitation, `lot network join` a genesis file, and `lot up` makes a network of this gateway alone",
			h.dir, ErrNoNetwork)
	}
	return g, err
}

// Join puts the gateway into a network. Joining the network that it is in does nothing. The error wraps ErrNotMember or
// ErrOtherNetwork, or is the operating system's.
func (h *Home) Join(g *bootstrap.Genesis, v *vault.Vault) (bootstrap.Member, error) {
	member, err := Membership(g, v)
	if err != nil {
		return member, err
	}
	if in, err := h.Within(g.ID()); in || err != nil {
		return member, err
	}
	return member, createFile(h.GenesisPath(), g.Encode())
}

// Membership returns the member of a genesis whose keys a vault holds. The error wraps ErrNotMember or one of package vault.
func Membership(g *bootstrap.Genesis, v *vault.Vault) (bootstrap.Member, error) {
	event, err := v.Signer(vault.Event)
	if err != nil {
		return bootstrap.Member{}, err
	}
	member, found := g.MemberByEvent(event.Key())
	if !found {
		return member, fmt.Errorf("%w of network %q: it does not have this gateway's key %s; have the card that `lot init` prints put into the genesis",
			ErrNotMember, g.Name(), event.Key())
	}
	card, err := Card(v, member.Name)
	if err != nil {
		return member, err
	}
	host, err := card.Host()
	if err != nil {
		return member, err
	}
	if host != member.Host || card.Cosign() != member.Cosign {
		return member, fmt.Errorf("%w of network %q: %q has this gateway's event key, but other host or cosign keys; have the whole card put in",
			ErrNotMember, g.Name(), member.Name)
	}
	return member, nil
}

// FoundingBalance is what the single member of a network that Found makes is born with, in base units.
const FoundingBalance = 1_000_000

// Found makes a network of this gateway alone and joins it. name is the gateway's and the network's; created is the time in ms
// since the Unix epoch. The error wraps ErrOtherNetwork if there is a network already.
func (h *Home) Found(v *vault.Vault, name string, created uint64) (*bootstrap.Genesis, error) {
	card, err := Card(v, name)
	if err != nil {
		return nil, err
	}
	member, err := card.Member(1, FoundingBalance)
	if err != nil {
		return nil, err
	}
	g, err := bootstrap.NewGenesis(bootstrap.Manifest{
		Name: name, Created: created, Parameters: bootstrap.DefaultParameters(), Members: []bootstrap.Member{member},
	})
	if err != nil {
		return nil, fmt.Errorf("network of one: %w", err)
	}
	_, err = h.Join(g, v)
	return g, err
}
