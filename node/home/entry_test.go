package home

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/config"
)

const sponsorAddress = "/ip4/192.0.2.7/tcp/4470/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN"

// farm is a network that others have founded.
func farm(t *testing.T) *bootstrap.Genesis {
	t.Helper()
	founder, keys := made(t)
	g, err := founder.Found(keys, "barn", 1_790_000_000_000)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func entryOf(g *bootstrap.Genesis) Entry {
	return Entry{Genesis: g, Name: "attic", Pin: proof.Pin{Epoch: 3, Seal: proof.Hash{5}}, Seeds: []string{sponsorAddress}}
}

// wantEntered checks a folder that has entered the network.
func wantEntered(t *testing.T, h *Home, e Entry) {
	t.Helper()
	if in, err := h.Within(e.Genesis.ID()); !in || err != nil {
		t.Fatalf("in the network: %v, %v", in, err)
	}
	c, err := h.Config(nil)
	if err != nil || c.Name != e.Name || !slices.Equal(c.Network.Seeds, e.Seeds) {
		t.Errorf("%q, %v, %v", c.Name, c.Network.Seeds, err)
	}
	if pin, admitted, err := h.Pin(); pin != e.Pin || !admitted || err != nil {
		t.Errorf("pin %v, %v, %v", pin, admitted, err)
	}
	v := opened(t, h)
	member, err := h.Self(e.Genesis, v, c.Name)
	card, cardErr := Card(v, e.Name)
	if err = errors.Join(err, cardErr); err != nil || member.Name != e.Name || member.Event != card.Event() || member.Weight != 0 {
		t.Errorf("%+v, %v", member, err)
	}
	if _, err := Open(h.Dir()); err != nil {
		t.Error(err)
	}
}

func TestEnter(t *testing.T) {
	g := farm(t)
	h, v := made(t)
	if _, err := h.Self(g, v, "gw-1"); !errors.Is(err, ErrNotMember) {
		t.Errorf("nobody has admitted it: %v", err)
	}
	for range 2 {
		if err := h.Enter(entryOf(g)); err != nil {
			t.Fatal(err)
		}
		wantEntered(t, h, entryOf(g))
	}
	if info, err := os.Stat(h.PinPath()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := h.Enter(entryOf(farm(t))); !errors.Is(err, ErrOtherNetwork) {
		t.Errorf("another network: %v", err)
	}
	wantEntered(t, h, entryOf(g))
}

// A gateway that is killed after any step is put into the network by entering again.
func TestEnterAfterAKill(t *testing.T) {
	g := farm(t)
	e := entryOf(g)
	for killed := range 4 {
		h, _ := made(t)
		steps := h.entering(e)
		if len(steps) != 4 {
			t.Fatalf("%d steps", len(steps))
		}
		for _, step := range steps[:killed] {
			if err := step(); err != nil {
				t.Fatal(err)
			}
		}
		// What a kill within a write leaves beside the file.
		for _, name := range []string{configName, pinName, genesisName} {
			if err := os.WriteFile(h.Resolve(temporaryPrefix(name)+"1"), []byte("half"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if in, err := h.Within(g.ID()); in || err != nil {
			t.Errorf("killed after %d steps it is in the network: %v", killed, err)
		}
		if err := h.Enter(e); err != nil {
			t.Fatalf("killed after %d steps: %v", killed, err)
		}
		wantEntered(t, h, e)
	}
}

func TestEnterInTheFirstEpoch(t *testing.T) {
	e := entryOf(farm(t))
	e.Pin = proof.Pin{}
	h, _ := made(t)
	if err := h.Enter(e); err != nil {
		t.Fatal(err)
	}
	wantEntered(t, h, e)
}

func TestEnterKeepsTheOperatorsConfiguration(t *testing.T) {
	e := entryOf(farm(t))
	h, _ := made(t)
	mine := "# mine\nname = \"gw-1\"\n[network]\nmdns = false # no\n"
	if err := os.WriteFile(h.ConfigPath(), []byte(mine), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := h.Enter(e); err != nil {
		t.Fatal(err)
	}
	wantEntered(t, h, e)
	if text, err := os.ReadFile(h.ConfigPath()); err != nil || !strings.HasPrefix(string(text), "# mine\n") || !strings.Contains(string(text), "mdns = false # no\n") {
		t.Errorf("%s, %v", text, err)
	}
	other, _ := made(t)
	if err := os.WriteFile(other.ConfigPath(), []byte("network = { mdns = false }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := other.Enter(e); !errors.Is(err, config.ErrUnamended) {
		t.Errorf("%v", err)
	}
	if in, _ := other.Within(e.Genesis.ID()); in {
		t.Error("it is in the network although its configuration could not be changed")
	}
}

func TestPinFaults(t *testing.T) {
	h, _ := made(t)
	if _, admitted, err := h.Pin(); admitted || err != nil {
		t.Errorf("%v, %v", admitted, err)
	}
	if err := os.WriteFile(h.PinPath(), []byte("lotpin:xyz\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.Pin(); !errors.Is(err, proof.ErrMalformed) || !strings.Contains(err.Error(), h.PinPath()) {
		t.Errorf("%v", err)
	}
	if err := os.Remove(h.VaultPath()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(h.Dir()); !errors.Is(err, ErrKeysLost) {
		t.Errorf("an admitted gateway without keys: %v", err)
	}
}
