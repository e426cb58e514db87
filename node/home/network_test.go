package home

import (
	"errors"
	"testing"

	"github.com/ledgerofthings/lot/bootstrap"
)

func TestFoundAndJoin(t *testing.T) {
	h, v := made(t)
	if _, err := h.Genesis(); !errors.Is(err, ErrNoNetwork) {
		t.Errorf("no network: %v", err)
	}
	g, err := h.Found(v, "gw-1", 1_790_000_000_000)
	if err != nil || g.TotalWeight() != 1 || g.Supply() != FoundingBalance {
		t.Fatalf("%+v, %v", g, err)
	}
	if again, err := h.Genesis(); err != nil || again.ID() != g.ID() {
		t.Errorf("genesis on disk: %v", err)
	}
	if member, err := h.Join(g, v); err != nil || member.Name != "gw-1" {
		t.Errorf("joining again: %v", err)
	}
	if _, err := h.Found(v, "gw-1", 1_790_000_000_001); !errors.Is(err, ErrOtherNetwork) {
		t.Errorf("founding another: %v", err)
	}
	other, otherKeys := made(t)
	if _, err := other.Join(g, otherKeys); !errors.Is(err, ErrNotMember) {
		t.Errorf("a stranger's network: %v", err)
	}
	if _, err := other.Genesis(); !errors.Is(err, ErrNoNetwork) {
		t.Errorf("a refused genesis was kept: %v", err)
	}
}

// A genesis that mixes one's event key with another's host or cosign key is refused, not discovered when signatures fail.
func TestMembershipNeedsAllKeys(t *testing.T) {
	_, v := made(t)
	_, w := made(t)
	mine, err := Card(v, "gw-1")
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := Card(w, "gw-2")
	if err != nil {
		t.Fatal(err)
	}
	good, _ := mine.Member(1, 0)
	foreign, _ := theirs.Member(1, 0)
	host, cosign := good, good
	host.Host, cosign.Cosign = foreign.Host, foreign.Cosign
	for name, member := range map[string]bootstrap.Member{"host": host, "cosign": cosign, "": good} {
		g, err := bootstrap.NewGenesis(bootstrap.Manifest{
			Name: "n", Created: 1, Parameters: bootstrap.DefaultParameters(), Members: []bootstrap.Member{member},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Membership(g, v); (name == "") != (err == nil) || err != nil && !errors.Is(err, ErrNotMember) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
