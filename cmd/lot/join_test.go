package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/identity/vault"
	"github.com/ledgerofthings/lot/mesh"
	"github.com/ledgerofthings/lot/node/config"
	"github.com/ledgerofthings/lot/node/home"
	"github.com/ledgerofthings/lot/node/joining"
)

// sponsor is a gateway that answers newcomers, and issues into memory.
type sponsor struct {
	t       *testing.T
	server  *joining.Server
	mesh    *mesh.Mesh
	vault   *vault.Vault
	genesis *bootstrap.Genesis

	mu     sync.Mutex
	issued []governance.Admit
	fail   error
}

func (s *sponsor) Invitation(context.Context, bootstrap.InvitationID) (joining.Admission, bool, error) {
	return joining.Admission{}, false, nil
}

func (s *sponsor) Admit(_ context.Context, body []byte) (dag.ID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := governance.DecodeAdmit(body)
	if err == nil {
		err = s.fail
	}
	if err != nil {
		return dag.ID{}, err
	}
	s.issued = append(s.issued, *a)
	return dag.HashBlock([]byte{byte(len(s.issued))}), nil
}

func (s *sponsor) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func newSponsor(t *testing.T, network string) *sponsor {
	t.Helper()
	s := &sponsor{t: t}
	h, _, err := home.Init(filepath.Join(t.TempDir(), "sponsor"), home.Setup{Name: network})
	s.must(err)
	s.vault, err = h.Vault(config.Defaults())
	s.must(err)
	s.genesis, err = h.Found(s.vault, network, 1_790_000_000_000)
	s.must(err)
	now := func() uint64 { return uint64(founded.UnixMilli()) }
	records, err := joining.OpenFile(h.InvitationsPath(), now)
	s.must(err)
	event, err := s.vault.Signer(vault.Event)
	s.must(err)
	s.server = joining.NewServer(joining.ServerConfig{Genesis: s.genesis, Event: event.Key(), Invitations: records, Sponsor: s, Now: now})
	host, err := s.vault.Seed(vault.Host)
	s.must(err)
	s.mesh, err = mesh.New(mesh.Config{
		HostKey: host[:], Network: strings.TrimPrefix(s.genesis.ID().String(), "lotnet:"), Admit: func(string) bool { return false },
		Strangers: 8, Welcome: records.Open,
	})
	s.must(err)
	t.Cleanup(func() { s.must(s.mesh.Close()) })
	s.must(s.mesh.Serve(joining.Protocol, s.server.Answer, joining.Limits()))
	s.must(s.mesh.Start())
	return s
}

// invite returns a token.
func (s *sponsor) invite(name string) string {
	s.t.Helper()
	host, err := s.vault.Signer(vault.Host)
	s.must(err)
	event, err := s.vault.Signer(vault.Event)
	s.must(err)
	i, _, err := s.server.Invite(bootstrap.Terms{
		Sponsor: host.Key(), Addresses: joining.Addresses(s.mesh.Addresses()), Name: name, Pin: proof.Pin{Epoch: 2, Seal: proof.Hash{9}},
	}, joining.DefaultLifetime, event)
	s.must(err)
	return i.Token()
}

func TestJoin(t *testing.T) {
	barn := newSponsor(t, "barn")
	token := barn.invite("attic")
	s := newShell(t)
	view := decode(t, s.want(exitOK, "", "join", token, "--json").out)
	if view["name"] != "attic" || view["network"] != "barn" || view["network_id"] != barn.genesis.ID().String() || view["made"] != true || view["event"] == "" {
		t.Errorf("%v", view)
	}
	h, err := home.Open(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	c, err := h.Config(nil)
	if err != nil || c.Name != "attic" || len(c.Network.Seeds) == 0 || !strings.HasSuffix(c.Network.Seeds[0], barn.mesh.ID()) {
		t.Errorf("%+v, %v", c.Network.Seeds, err)
	}
	if pin, admitted, err := h.Pin(); pin.Epoch != 2 || !admitted || err != nil {
		t.Errorf("%v, %v, %v", pin, admitted, err)
	}
	s.want(exitOK, `This gateway is "attic" in network "barn" already`, "join", token)
	s.want(exitOK, "barn", "network", "show")
	if len(barn.issued) != 1 || barn.issued[0].Name != "attic" {
		t.Errorf("%d issued", len(barn.issued))
	}
	newShell(t).want(exitFailure, "the invitation was used at 2026-09-21 14:13:20 UTC by attic", "join", token)
	s.want(exitFailure, "in another network already", "join", newSponsor(t, "harbour").invite(""))
}

// A gateway with keys of its own comes with its own name, and what was interrupted is finished.
func TestJoinIsFinishedAfterAnInterruption(t *testing.T) {
	barn := newSponsor(t, "barn")
	token := barn.invite("")
	s := newShell(t)
	s.card("shed")
	path := filepath.Join(s.dir, "config.toml")
	usual, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// The admission is issued, and then the configuration cannot be written.
	if err := os.WriteFile(path, []byte("name = \"shed\"\nnetwork = { mdns = false }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.want(exitFailure, "cannot be changed safely", "join", token)
	s.want(exitFailure, "no network yet", "network", "show")
	if err := os.WriteFile(path, usual, 0o600); err != nil {
		t.Fatal(err)
	}
	s.stdin = strings.ToUpper(token[:100]) + "\n " + token[100:] + "\n"
	s.want(exitOK, `This gateway is admitted as "shed" to network "barn"`, "join", "-")
	if len(barn.issued) != 1 || barn.issued[0].Name != "shed" {
		t.Errorf("%d issued", len(barn.issued))
	}
}

func TestJoinFaults(t *testing.T) {
	barn := newSponsor(t, "barn")
	s := newShell(t)
	token := barn.invite("attic")
	s.want(exitFailure, "want a line that begins with \"lotinvite:\"", "join", "x")
	s.want(exitFailure, "lost or changed in copying", "join", token[:len(token)-1])
	s.want(exitUsage, `the invitation is for the name "attic", not for --name "loft"`, "join", token, "--name", "loft")
	if _, err := os.Stat(s.dir); err == nil {
		t.Error("a folder was made for nothing")
	}
	barn.fail = &joining.Refusal{Reason: joining.Declined, Detail: "the name attic is taken"}
	r := s.want(exitFailure, "the name attic is taken", "join", token)
	if !strings.Contains(r.err, "--name chooses another") {
		t.Error(r.err)
	}
	barn.fail = os.ErrPermission
	s.want(exitNotYet, "cannot admit anybody at present", "join", token)
	if err := barn.mesh.Close(); err != nil {
		t.Fatal(err)
	}
	r = s.want(exitUnreachable, "the sponsor answers at none of its addresses: /ip4/127.0.0.1/", "join", token)
	if !strings.Contains(r.err, "is the sponsor running") {
		t.Error(r.err)
	}
	s.want(exitFailure, "no network yet", "network", "show")
}
