package joining

import (
	"context"
	"crypto/sha256"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/multiformats/go-multiaddr"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
)

// seedOf makes a key of a name and a purpose.
func seedOf(name, purpose string) [32]byte { return sha256.Sum256([]byte(name + " " + purpose)) }

func signer(name, purpose string) *dag.MemorySigner { return dag.NewSigner(seedOf(name, purpose)) }

func genesisOf(t testing.TB, network string) *bootstrap.Genesis {
	t.Helper()
	host, err := bootstrap.PeerID(signer("barn", "host").Key())
	must(t, err)
	g, err := bootstrap.NewGenesis(bootstrap.Manifest{
		Name: network, Created: 1_790_000_000_000, Parameters: bootstrap.DefaultParameters(), Members: []bootstrap.Member{
			{Name: "barn", Host: host, Event: signer("barn", "event").Key(), Cosign: signer("barn", "cosign").Key(), Weight: 1},
		},
	})
	must(t, err)
	return g
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// issuer is a Sponsor without a node: it issues into memory.
type issuer struct {
	mu     sync.Mutex
	issued []governance.Admit
	fail   error                 // of Admit
	before func(context.Context) // called in Admit, without a lock
}

func (l *issuer) Invitation(_ context.Context, id bootstrap.InvitationID) (Admission, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for n, a := range l.issued {
		if a.Invitation == id {
			return Admission{eventOf(n), a.Application}, true, nil
		}
	}
	return Admission{}, false, nil
}

func (l *issuer) Admit(ctx context.Context, body []byte) (dag.ID, error) {
	if l.before != nil {
		l.before(ctx)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		return dag.ID{}, l.fail
	}
	a, err := governance.DecodeAdmit(body)
	if err != nil {
		return dag.ID{}, err
	}
	l.issued = append(l.issued, *a)
	return eventOf(len(l.issued) - 1), nil
}

func eventOf(n int) dag.ID { return dag.HashBlock([]byte{byte(n)}) }

// site is a sponsor whose clock stands still, and what it needs.
type site struct {
	*Server
	t      *testing.T
	ledger *issuer
	file   *File
	clock  atomic.Uint64
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, ledger: &issuer{}}
	s.clock.Store(1_790_000_000_000)
	var err error
	s.file, err = OpenFile(filepath.Join(t.TempDir(), "invitations.json"), s.clock.Load)
	must(t, err)
	s.Server = NewServer(ServerConfig{
		Genesis: genesisOf(t, "farm"), Event: signer("barn", "event").Key(), Invitations: s.file, Sponsor: s.ledger, Now: s.clock.Load,
	})
	return s
}

// invite returns an invitation of the site, as its holder reads it.
func (s *site) invite(name string, addresses ...string) *bootstrap.Invitation {
	s.t.Helper()
	terms := bootstrap.Terms{Sponsor: signer("barn", "host").Key(), Name: name, Addresses: Addresses(addresses)}
	if len(addresses) == 0 {
		loopback, err := multiaddr.NewMultiaddr("/ip4/127.0.0.1/tcp/4470")
		must(s.t, err)
		terms.Addresses = []multiaddr.Multiaddr{loopback}
	}
	made, _, err := s.Invite(terms, DefaultLifetime, signer("barn", "event"))
	must(s.t, err)
	i, err := bootstrap.ParseInvitation(made.Token())
	must(s.t, err)
	return i
}

// client returns a newcomer that asks the site without a mesh, from the host of a gateway.
func (s *site) client(i *bootstrap.Invitation, name string) *Client {
	s.t.Helper()
	from, err := bootstrap.PeerID(signer(name, "host").Key())
	must(s.t, err)
	return &Client{
		invitation: i, close: func() error { return nil },
		ask: func(ctx context.Context, request []byte) ([]byte, error) {
			return s.Answer(ctx, from.String(), request)
		},
		pause: func(context.Context, time.Duration) error { return errors.New("no time to wait") },
	}
}

// applicationOf returns a gateway's application under an invitation.
func applicationOf(t testing.TB, i *bootstrap.Invitation, gateway, name string) governance.SignedApplication {
	t.Helper()
	host, event, cosign := signer(gateway, "host"), signer(gateway, "event"), signer(gateway, "cosign")
	a := governance.Application{Name: name, Host: host.Key(), Event: event.Key(), Cosign: cosign.Key(), Sponsor: i.Issuer()}
	signed, err := a.Sign(i.Terms().Network, i.ID(), host, event, cosign)
	must(t, err)
	return signed
}
