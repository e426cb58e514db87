package home

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/identity/vault"
	"github.com/ledgerofthings/lot/node/config"
)

// Entry is how a gateway comes into a network that was there before it.
type Entry struct {
	Genesis *bootstrap.Genesis
	Name    string    // under which it was admitted
	Pin     proof.Pin // the seal from which on it checks the network; zero for the genesis
	Seeds   []string  // addresses of peers that it dials first, such as its sponsor's
}

// Enter puts the gateway into a network by whose genesis it is no member, after a member has admitted it: name and seeds go into the
// configuration, the pin and the genesis into files of their own. The genesis comes last: with it the gateway is in the network, and
// whatever was interrupted before is finished by entering again. The error wraps ErrOtherNetwork or config.ErrUnamended, or is the
// operating system's.
func (h *Home) Enter(e Entry) error {
	for _, step := range h.entering(e) {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// entering returns the steps of Enter. Each may be taken again.
func (h *Home) entering(e Entry) []func() error {
	return []func() error{
		func() error { _, err := h.Within(e.Genesis.ID()); return err },
		func() error { return h.introduce(e.Name, e.Seeds) },
		func() error { return ReplaceFile(h.PinPath(), []byte(pinText(e.Pin))) },
		func() error {
			if in, err := h.Within(e.Genesis.ID()); in || err != nil {
				return err
			}
			return createFile(h.GenesisPath(), e.Genesis.Encode())
		},
	}
}

// Within reports whether the gateway is in a network. If it is in another one the error wraps ErrOtherNetwork.
func (h *Home) Within(network dag.NetworkID) (bool, error) {
	current, err := h.Genesis()
	switch {
	case errors.Is(err, ErrNoNetwork):
		return false, nil
	case err != nil:
		return false, err
	case current.ID() != network:
		return false, fmt.Errorf("data folder %s: %w: %q, %s; to be in another one too use another folder with keys of its own",
			h.dir, ErrOtherNetwork, current.Name(), current.ID())
	}
	return true, nil
}

// introduce writes the name and the seeds into the configuration.
func (h *Home) introduce(name string, seeds []string) error {
	c, err := config.Load(h.ConfigPath(), nil)
	if err != nil {
		return err
	}
	c.Name = name
	for _, seed := range seeds {
		if !slices.Contains(c.Network.Seeds, seed) {
			c.Network.Seeds = append(c.Network.Seeds, seed)
		}
	}
	return config.AmendFile(h.ConfigPath(), c, ReplaceFile, "name", "network.seeds")
}

// noPin stands in the file of a gateway that was admitted before there was any seal.
const noPin = "genesis"

func pinText(p proof.Pin) string {
	if p.IsZero() {
		return noPin + "\n"
	}
	return p.String() + "\n"
}

// maxPinFile bounds the file of the pin, in bytes.
const maxPinFile = 256

// Pin returns from which seal on a gateway that came by an invitation checks its network; the zero pin stands for the genesis.
// admitted is false for a gateway that came in another way. The error wraps proof.ErrMalformed or is the operating system's.
func (h *Home) Pin() (pin proof.Pin, admitted bool, err error) {
	text, err := os.ReadFile(h.PinPath())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return pin, false, nil
	case err != nil:
		return pin, false, fmt.Errorf("checkpoint pin: %w", err)
	}
	line := strings.TrimSpace(string(text[:min(len(text), maxPinFile)]))
	if line == noPin {
		return pin, true, nil
	}
	if pin, err = proof.ParsePin(line); err != nil {
		return pin, false, fmt.Errorf("checkpoint pin in %s: %w: ask your sponsor for a recent one", h.PinPath(), err)
	}
	return pin, true, nil
}

// Self returns the gateway's own entry in the network that it is in: that of the genesis, or, if it came by an invitation, one of its
// keys and name, without seat and balance. Errors as of Membership and Pin.
func (h *Home) Self(g *bootstrap.Genesis, v *vault.Vault, name string) (bootstrap.Member, error) {
	member, err := Membership(g, v)
	if !errors.Is(err, ErrNotMember) {
		return member, err
	}
	_, admitted, pinErr := h.Pin()
	if pinErr != nil || !admitted {
		return member, errors.Join(err, pinErr)
	}
	card, err := Card(v, name)
	if err != nil {
		return member, err
	}
	return card.Member(0, 0)
}
