package mesh

import (
	"testing"

	"github.com/ipfs/go-datastore"
	dssync "github.com/ipfs/go-datastore/sync"
	"github.com/libp2p/go-libp2p/core/network"
)

// TestRestartOnSamePort stops a peer and starts it again: both know, and the messages flow again.
func TestRestartOnSamePort(t *testing.T) {
	for name, listen := range map[string][]string{"tcp": onTCP, "quic": onQUIC} {
		t.Run(name, func(t *testing.T) {
			a := start(t, "a", plan{config: func(c *Config) { c.Listen = listen }})
			address := a.Addresses()[0]
			b := start(t, "b", plan{config: func(c *Config) { c.Static, c.Listen = []string{address}, listen }})
			eventually(t, "first connection", func() bool { return b.sees(a) })
			if info := b.Peers()[0]; !info.Static || info.Inbound || info.Transport != name {
				t.Errorf("%+v", info)
			}
			if !b.host.ConnManager().IsProtected(peerOf(a.ID()), "") {
				t.Error("a static peer may be evicted")
			}
			must(t, a.Close())
			eventually(t, "loss is seen", func() bool { return !b.sees(a) })
			again := start(t, "a", plan{config: func(c *Config) { c.Listen = []string{address[:len(address)-len("/p2p/")-len(a.ID())]} }})
			eventually(t, "second connection", func() bool { return b.sees(again) && again.sees(b) })
			must(t, b.Send(again.ID(), []byte("hello again")))
			eventually(t, "message", func() bool {
				again.mu.Lock()
				defer again.mu.Unlock()
				return len(again.messages) == 1
			})
		})
	}
}

// TestLifeAfterBootstrap lets two nodes meet by a bootstrap peer, which dies; a third that knows only the first still
// finds the second.
func TestLifeAfterBootstrap(t *testing.T) {
	helper := start(t, "helper", plan{config: func(c *Config) { c.BootstrapOnly, c.Topics = true, nil }})
	seeded := plan{config: func(c *Config) { c.Static = helper.Addresses()[:1] }}
	a, b := start(t, "a", seeded), start(t, "b", seeded)
	eventually(t, "a and b meet", func() bool { return a.sees(b) && b.sees(a) })
	if len(a.Peers()) != 1 {
		t.Errorf("the bootstrap peer counts as ready: %v", a.Peers())
	}
	must(t, helper.Close())
	eventually(t, "the bootstrap peer is gone", func() bool {
		return a.host.Network().Connectedness(peerOf(helper.ID())) != network.Connected
	})
	c := start(t, "c", plan{config: func(cfg *Config) { cfg.Static = a.Addresses()[:1] }})
	eventually(t, "c finds b", func() bool { return c.sees(b) && b.sees(c) })
}

// TestRemembered starts a node that knows nobody but those its datastore or its configuration remembers.
func TestRemembered(t *testing.T) {
	store := dssync.MutexWrap(datastore.NewMapDatastore())
	a := start(t, "a", plan{})
	b := start(t, "b", plan{config: func(c *Config) { c.Datastore = store }})
	join(t, b, a)
	exported := b.Remembered()
	if len(exported) == 0 {
		t.Fatal("nothing remembered")
	}
	must(t, b.Close())
	for name, config := range map[string]func(*Config){
		"datastore":     func(c *Config) { c.Datastore = store },
		"configuration": func(c *Config) { c.Remembered = append([]string{"nonsense"}, exported...) },
	} {
		t.Run(name, func(t *testing.T) {
			again := start(t, "b", plan{config: config})
			eventually(t, "found again", func() bool { return again.sees(a) })
			must(t, again.Close())
		})
	}
}

func TestRedialPause(t *testing.T) {
	r := build(t, "n", plan{config: func(c *Config) { c.RedialMin, c.RedialMax = 1000, 60_000 }}).redial
	for failures, base := range []int64{1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000} {
		for range 100 {
			if got := int64(r.pause(failures)); got < base*3/4 || got > base*5/4 {
				t.Fatalf("after %d failures %d, want %d give or take a quarter", failures, got, base)
			}
		}
	}
	if got := r.pause(1 << 20); got > 75_000 {
		t.Errorf("after very many failures %d", got)
	}
}

// TestFoundOnLocalNetwork takes announcements as multicast DNS brings them: of a member and of a stranger.
func TestFoundOnLocalNetwork(t *testing.T) {
	a, b := start(t, "a", plan{neighbours: []string{"b"}}), start(t, "b", plan{})
	other := start(t, "other", plan{})
	a.redial.HandlePeerFound(infoOf(t, other))
	a.redial.HandlePeerFound(infoOf(t, b))
	eventually(t, "the member is dialed", func() bool { return a.sees(b) })
	a.redial.mu.Lock()
	defer a.redial.mu.Unlock()
	if a.redial.candidates[peerOf(other.ID())] != nil {
		t.Error("a stranger is a candidate")
	}
}
