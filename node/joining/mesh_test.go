package joining

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/mesh"
)

// sponsorMesh is a site on a mesh that takes strangers.
func sponsorMesh(t *testing.T, s *site, strangers int) *mesh.Mesh {
	t.Helper()
	seed := seedOf("barn", "host")
	m, err := mesh.New(mesh.Config{
		HostKey: seed[:], Network: strings.TrimPrefix(s.Genesis.ID().String(), "lotnet:"), Admit: func(string) bool { return false },
		Strangers: strangers, Topics: []mesh.Topic{{Name: "events"}},
	})
	must(t, err)
	t.Cleanup(func() { must(t, m.Close()) })
	must(t, m.Serve(Protocol, s.Answer, Limits()))
	must(t, m.Start())
	return m
}

func newcomer(t *testing.T, i *bootstrap.Invitation, name string) *Client {
	t.Helper()
	seed := seedOf(name, "host")
	c, err := NewClient(i, seed[:], "lot/test")
	must(t, err)
	t.Cleanup(func() { must(t, c.Close()) })
	return c
}

func TestJoiningOverTheMesh(t *testing.T) {
	s := newSite(t)
	m := sponsorMesh(t, s, 4)
	i := s.invite("", m.Addresses()...)
	c := newcomer(t, i, "attic")
	if g, err := c.Genesis(t.Context()); err != nil || g.ID() != s.Genesis.ID() {
		t.Fatalf("%v", err)
	}
	for range 2 {
		if event, err := c.Apply(t.Context(), applicationOf(t, i, "attic", "attic")); err != nil || event != eventOf(0) {
			t.Fatalf("%s, %v", event, err)
		}
	}
	_, err := newcomer(t, i, "shed").Apply(t.Context(), applicationOf(t, i, "shed", "shed"))
	wantReason(t, err, Used, "by attic")
}

func TestSponsorNotThere(t *testing.T) {
	s := newSite(t)
	m := sponsorMesh(t, s, 0)
	closed := newcomer(t, s.invite("", m.Addresses()...), "attic")
	closed.pause = func(context.Context, time.Duration) error { return nil }
	if _, err := closed.Genesis(t.Context()); !errors.Is(err, mesh.ErrNotAdmitted) && !errors.Is(err, mesh.ErrUnreachable) {
		t.Errorf("no strangers: %v", err)
	}
	i := s.invite("")
	if _, err := newcomer(t, i, "attic").Genesis(t.Context()); !errors.Is(err, mesh.ErrUnreachable) || !strings.Contains(err.Error(), "/ip4/127.0.0.1/tcp/4470 (") {
		t.Errorf("nobody: %v", err)
	}
	terms := i.Terms()
	terms.Sponsor, terms.Addresses = signer("shed", "host").Key(), Addresses(m.Addresses())
	forged, err := bootstrap.NewInvitation(terms, signer("shed", "event"))
	must(t, err)
	if _, err := newcomer(t, forged, "attic").Genesis(t.Context()); !errors.Is(err, mesh.ErrUnreachable) {
		t.Errorf("somebody else is at the address: %v", err)
	}
}

func TestClientAsksAgainWhileTheSponsorIsBusy(t *testing.T) {
	s := newSite(t)
	i := s.invite("")
	c := s.client(i, "attic")
	answer := c.ask
	var pauses []time.Duration
	for _, busy := range []error{mesh.ErrBusy, mesh.ErrNotAdmitted, refuse(Busy, "later")} {
		asked := 0
		pauses = nil
		c.pause = func(_ context.Context, d time.Duration) error { pauses = append(pauses, d); return nil }
		c.ask = func(ctx context.Context, request []byte) ([]byte, error) {
			if asked++; asked < attempts {
				return nil, busy
			}
			return answer(ctx, request)
		}
		if _, err := c.Genesis(t.Context()); err != nil || len(pauses) != attempts-1 {
			t.Errorf("%v after %v: %v", busy, pauses, err)
		}
		c.ask = func(context.Context, []byte) ([]byte, error) { return nil, busy }
		if _, err := c.Genesis(t.Context()); !errors.Is(err, busy) {
			t.Errorf("%v: %v", busy, err)
		}
	}
	for n, pause := range pauses[:attempts-1] {
		if usual := time.Second << n; pause < usual/2 || pause > 2*usual {
			t.Errorf("pause %d is %s", n, pause)
		}
	}
}

// A sponsor that lies about its network, or answers nonsense, is found out.
func TestLyingSponsor(t *testing.T) {
	s := newSite(t)
	i := s.invite("")
	c := s.client(i, "attic")
	for want, r := range map[string]response{
		"it is lotnet:":           {Genesis: genesisOf(t, "harbour").Encode()},
		"the sponsor's genesis: ": {Genesis: []byte("x")},
		"something else":          {Event: make([]byte, 32)},
	} {
		c.ask = func(context.Context, []byte) ([]byte, error) { return responseCodec.Encode(r) }
		if _, err := c.Genesis(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
	c.ask = func(context.Context, []byte) ([]byte, error) { return []byte("x"), nil }
	if _, err := c.Apply(t.Context(), applicationOf(t, i, "attic", "attic")); err == nil || !strings.Contains(err.Error(), "makes no sense") {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := wait(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestAddresses(t *testing.T) {
	host, err := bootstrap.PeerID(signer("barn", "host").Key())
	must(t, err)
	list := func(addresses ...string) (texts []string) {
		for n := range addresses {
			addresses[n] += "/p2p/" + host.String()
		}
		for _, a := range Addresses(addresses) {
			texts = append(texts, a.String())
		}
		return texts
	}
	for _, c := range []struct{ own, want []string }{
		{[]string{"/ip4/127.0.0.1/tcp/1", "/ip4/192.168.1.7/tcp/1", "/ip4/8.8.8.8/tcp/1", "/dns4/x.example/tcp/1"}, []string{"/ip4/8.8.8.8/tcp/1", "/dns4/x.example/tcp/1", "/ip4/192.168.1.7/tcp/1"}},
		{[]string{"/ip4/127.0.0.1/tcp/1", "/ip6/::1/udp/1/quic-v1"}, []string{"/ip4/127.0.0.1/tcp/1", "/ip6/::1/udp/1/quic-v1"}},
		{[]string{"/ip4/8.8.8.1/tcp/1", "/ip4/8.8.8.2/tcp/1", "/ip4/8.8.8.3/tcp/1", "/ip4/8.8.8.4/tcp/1", "/ip4/8.8.8.5/tcp/1"}, []string{"/ip4/8.8.8.1/tcp/1", "/ip4/8.8.8.2/tcp/1", "/ip4/8.8.8.3/tcp/1", "/ip4/8.8.8.4/tcp/1"}},
		{[]string{"/ip4/0.0.0.0/tcp/1", "nonsense"}, nil},
	} {
		if got := list(c.own...); strings.Join(got, " ") != strings.Join(c.want, " ") {
			t.Errorf("got %v, want %v", got, c.want)
		}
	}
}
