package mesh

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	ma "github.com/multiformats/go-multiaddr"
)

// inviting is a node that admits nobody, takes strangers, and echoes what they ask.
func inviting(t *testing.T, places int, change func(*Config)) *node {
	t.Helper()
	echo := func(_ context.Context, from string, request []byte) ([]byte, error) {
		if string(request) == "refuse" {
			return nil, errors.New("because")
		}
		return fmt.Appendf(nil, "%s %s", from, request), nil
	}
	return start(t, "inviting", plan{
		config: func(c *Config) {
			c.Strangers, c.Admit = places, func(string) bool { return false }
			if change != nil {
				change(c)
			}
		},
		before: func(m *Mesh) {
			must(t, m.Serve("open", echo, ServeLimits{Strangers: true}))
			must(t, m.Serve("closed", echo, ServeLimits{}))
		},
	})
}

func visit(t *testing.T, name string, addresses ...string) *Visitor {
	t.Helper()
	v, err := NewVisitor(Visit{HostKey: seed(name), Network: "test", Addresses: addresses})
	must(t, err)
	t.Cleanup(func() { _ = v.Close() })
	return v
}

func ask(t *testing.T, v *Visitor, protocol, question string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	answer, err := v.Request(ctx, protocol, []byte(question), 1000)
	return string(answer), err
}

func TestVisitorUsesTheOpenProtocolOnly(t *testing.T) {
	for name, listen := range map[string][]string{"tcp": onTCP, "quic": onQUIC} {
		t.Run(name, func(t *testing.T) {
			n := inviting(t, 2, func(c *Config) { c.Listen = listen })
			v := visit(t, "visitor", n.Addresses()...)
			for range 2 {
				if answer, err := ask(t, v, "open", "hello"); err != nil || answer != idOf(t, "visitor")+" hello" {
					t.Fatalf("%q, %v", answer, err)
				}
			}
			if _, err := ask(t, v, "open", "refuse"); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "because") {
				t.Errorf("refusal: %v", err)
			}
			if answer, err := ask(t, v, "closed", "hello"); err == nil {
				t.Errorf("a stranger is answered %q by a protocol for members", answer)
			}
			if n.gate.strangers.count() != 1 || len(n.Peers()) != 0 {
				t.Errorf("%d strangers, %d peers", n.gate.strangers.count(), len(n.Peers()))
			}
			must(t, v.Close())
			eventually(t, "the place is free again", func() bool { return n.gate.strangers.count() == 0 && len(n.gate.strangers.origins) == 0 })
		})
	}
}

// TestStrangerSeesNothingOfTheNetwork opens every protocol that the host has, as a libp2p host that keeps to no rules, and offers
// those itself.
func TestStrangerSeesNothingOfTheNetwork(t *testing.T) {
	n := inviting(t, 2, nil)
	bad := stranger(t, "stranger")
	opened := make(chan protocol.ID, 16)
	served := n.host.Mux().Protocols()
	for _, id := range served {
		if !strings.HasPrefix(string(id), "/ipfs/id/") {
			bad.SetStreamHandler(id, func(s network.Stream) { opened <- s.Protocol() })
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	must(t, bad.Connect(ctx, infoOf(t, n)))
	reached := 0
	for _, id := range served {
		switch {
		case strings.HasPrefix(string(id), "/ipfs/id/"):
		case id == n.names.request("open"):
			reached++
		case !isReset(ctx, bad, n, id):
			t.Errorf("a stranger has a stream of %s", id)
		}
	}
	if reached != 1 || len(served) < 6 || !slices.Contains(served, n.names.message()) {
		t.Errorf("protocols %v", served)
	}
	if _, ready := n.watch.list(); len(ready) != 0 || len(n.events) != 0 || n.dht.RoutingTable().Size() != 0 {
		t.Errorf("a stranger is ready, told of, or in the routing table")
	}
	if peers := n.gossip.ListPeers(n.names.topic("events")); len(peers) != 0 {
		t.Errorf("gossip knows %v", peers)
	}
	select {
	case id := <-opened:
		t.Errorf("the host opens a stream of %s to a stranger", id)
	default:
	}
	must(t, bad.Close())
	eventually(t, "the place is free again", func() bool { return n.gate.strangers.count() == 0 })
}

// isReset tells whether a stream is refused, or ends before a byte came.
func isReset(ctx context.Context, h host.Host, n *node, id protocol.ID) bool {
	s, err := h.NewStream(ctx, peerOf(n.ID()), id)
	if err != nil {
		return true
	}
	defer func() { _ = s.Reset() }()
	_ = s.SetReadDeadline(time.Now().Add(patience))
	_, err = s.Read(make([]byte, 1))
	return errors.Is(err, network.ErrReset)
}

func TestStrangersAreLimitedAndCut(t *testing.T) {
	n := inviting(t, 2, nil) // all come from one address, which may have half of the places
	first := visit(t, "first", n.Addresses()...)
	if _, err := ask(t, first, "open", "hello"); err != nil {
		t.Fatal(err)
	}
	if _, err := ask(t, visit(t, "second", n.Addresses()...), "open", "hello"); !errors.Is(err, ErrNotAdmitted) {
		t.Errorf("beyond the limit: %v", err)
	}
	n.Recheck()
	if n.gate.strangers.count() != 1 {
		t.Error("Recheck cut a stranger off")
	}
	if n.Stats().Refused == 0 || n.connected() != 0 {
		t.Errorf("%d refused, %d connected", n.Stats().Refused, n.connected())
	}

	brief := inviting(t, 4, func(c *Config) { c.HostKey, c.strangerStay = seed("brief"), 50*time.Millisecond })
	v := visit(t, "visitor", brief.Addresses()...)
	if _, err := ask(t, v, "open", "hello"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "cut off", func() bool { return brief.gate.strangers.count() == 0 && len(brief.host.Network().Peers()) == 0 })
}

func TestStrangersWithoutPlaces(t *testing.T) {
	closed := inviting(t, 4, func(c *Config) { c.HostKey, c.Welcome = seed("closed"), func() bool { return false } })
	for _, address := range append(inviting(t, 0, nil).Addresses(), closed.Addresses()...) {
		if _, err := ask(t, visit(t, "visitor", address), "open", "hello"); !errors.Is(err, ErrNotAdmitted) && !errors.Is(err, ErrUnreachable) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestVisitorNamesTheAddresses(t *testing.T) {
	id := idOf(t, "nobody")
	v := visit(t, "visitor", "/ip4/127.0.0.1/tcp/1/p2p/"+id, "/ip4/127.0.0.1/tcp/2/p2p/"+id)
	_, err := ask(t, v, "open", "hello")
	if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "/ip4/127.0.0.1/tcp/1 (") || !strings.Contains(err.Error(), "/ip4/127.0.0.1/tcp/2 (") {
		t.Errorf("%v", err)
	}
}

func TestVisitFaults(t *testing.T) {
	id := idOf(t, "nobody")
	for name, v := range map[string]Visit{
		"no address": {HostKey: seed("x"), Network: "test"},
		"bad":        {HostKey: seed("x"), Network: "test", Addresses: []string{"/ip4/127.0.0.1/tcp/1"}},
		"two peers":  {HostKey: seed("x"), Network: "test", Addresses: []string{"/ip4/1.2.3.4/tcp/1/p2p/" + id, "/ip4/1.2.3.4/tcp/1/p2p/" + idOf(t, "other")}},
		"network":    {HostKey: seed("x"), Network: "a b", Addresses: []string{"/ip4/1.2.3.4/tcp/1/p2p/" + id}},
	} {
		if _, err := NewVisitor(v); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, c := range []func(*Config){
		func(c *Config) { c.Strangers = -1 }, func(c *Config) { c.Strangers = MaxStrangers + 1 },
		func(c *Config) { c.Strangers, c.BootstrapOnly, c.Topics = 1, true, nil },
	} {
		config := Config{HostKey: seed("x"), Network: "test", Admit: everybody}
		c(&config)
		if _, err := New(config); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), "Strangers") {
			t.Errorf("%v", err)
		}
	}
}

// A member that came as a stranger is cut like one, comes again as a member, and is ready then.
func TestStrangerBecomesMember(t *testing.T) {
	friend := idOf(t, "friend")
	admitted := make(chan struct{})
	n := inviting(t, 2, func(c *Config) {
		c.Admit = func(id string) bool {
			select {
			case <-admitted:
				return id == friend
			default:
				return false
			}
		}
	})
	if _, err := ask(t, visit(t, "friend", n.Addresses()...), "open", "let me in"); err != nil {
		t.Fatal(err)
	}
	close(admitted)
	n.Recheck()
	join(t, start(t, "friend", plan{}), n)
}

func TestOriginOf(t *testing.T) {
	for address, want := range map[string]string{
		"/ip4/192.0.2.7/tcp/1": "192.0.2.7/32", "/ip6/2001:db8:1:2:3::4/udp/1/quic-v1": "2001:db8:1:2::/64",
		"/ip6/::ffff:192.0.2.7/tcp/1": "192.0.2.7/32", "/dns4/x.example/tcp/1": "invalid Prefix",
	} {
		m, err := ma.NewMultiaddr(address)
		must(t, err)
		if got := originOf(m).String(); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}

// caller is a connection of which only the far end matters.
type caller struct {
	network.Conn
	id     peer.ID
	from   ma.Multiaddr
	closed chan struct{}
}

func (c *caller) RemotePeer() peer.ID           { return c.id }
func (c *caller) RemoteMultiaddr() ma.Multiaddr { return c.from }
func (c *caller) CloseWithError(network.ConnErrorCode) error {
	close(c.closed)
	return nil
}

func callerFrom(t *testing.T, id, address string) *caller {
	t.Helper()
	from, err := ma.NewMultiaddr(address)
	must(t, err)
	return &caller{id: peer.ID(id), from: from, closed: make(chan struct{})}
}

func TestStrangersPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStrangers(4, func() bool { return true }, time.Minute)
		one, two := callerFrom(t, "a", "/ip4/192.0.2.1/tcp/1"), callerFrom(t, "b", "/ip4/192.0.2.1/tcp/2")
		three, four := callerFrom(t, "c", "/ip4/192.0.2.2/tcp/1"), callerFrom(t, "d", "/ip6/2001:db8::1/tcp/1")
		for n, c := range []struct {
			*caller
			enters bool
		}{
			{one, true}, {callerFrom(t, "a", "/ip4/192.0.2.3/tcp/1"), false}, // a second of one peer
			{two, true}, {callerFrom(t, "x", "/ip4/192.0.2.1/tcp/3"), false}, // more than half from one address
			{three, true}, {four, true}, {callerFrom(t, "y", "/ip4/192.0.2.4/tcp/1"), false}, // no place
		} {
			if s.enter(c.caller) != c.enters {
				t.Errorf("caller %d", n)
			}
		}
		s.leave(one)
		s.leave(one)
		if again := callerFrom(t, "z", "/ip4/192.0.2.1/tcp/4"); s.count() != 3 || s.enter(again) {
			t.Error("places are given faster than libp2p forgets who came")
		}
		time.Sleep(time.Second) // of the bubble's clock
		if again := callerFrom(t, "z", "/ip4/192.0.2.1/tcp/4"); !s.enter(again) || s.count() != 4 {
			t.Error("a place that was left is not given again")
		}
		time.Sleep(time.Minute)
		for _, c := range []*caller{two, three, four} {
			<-c.closed
			s.leave(c)
		}
		select {
		case <-one.closed:
			t.Error("who had left was cut")
		default:
		}
		if s.count() != 1 || len(s.origins) != 1 {
			t.Errorf("%d strangers from %d places are left", s.count(), len(s.origins))
		}
	})
}
