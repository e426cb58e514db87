package mesh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/protocol"
)

// TestGossipReachesAll lets five hosts in a line publish; everybody hears everybody else, once, with the validator's value.
func TestGossipReachesAll(t *testing.T) {
	for name, listen := range map[string][]string{"tcp": onTCP, "quic": onQUIC} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var nodes []*node
			for i := range 5 {
				nodes = append(nodes, start(t, fmt.Sprint(name, i), plan{
					neighbours: []string{fmt.Sprint(name, i-1), fmt.Sprint(name, i+1)},
					config:     func(c *Config) { c.Listen = listen },
				}))
			}
			line(t, nodes...)
			for i, n := range nodes {
				must(t, n.Publish(t.Context(), "events", []byte(fmt.Sprint("from ", i))))
			}
			for i, n := range nodes {
				for j := range nodes {
					if i != j {
						eventually(t, fmt.Sprint(j, " heard by ", i), func() bool { return n.has(fmt.Sprint("from ", j)) })
					}
				}
				checkReceived(t, n, i)
			}
			if got := nodes[0].Peers()[0].Transport; got != name {
				t.Errorf("transport %q", got)
			}
		})
	}
}

func checkReceived(t *testing.T, n *node, self int) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.received) != 4 {
		t.Errorf("node %d got %d messages, want 4", self, len(n.received))
	}
	for _, message := range n.received {
		if message.Value != len(message.Data) || message.From == n.ID() {
			t.Errorf("node %d: value %v, from %s", self, message.Value, message.From)
		}
	}
}

// TestVerdicts sends through a relay whose validator judges by the first letter.
func TestVerdicts(t *testing.T) {
	judge := func(_ context.Context, _ string, data []byte) (Verdict, any) {
		switch data[0] {
		case 'a':
			return Accept, nil
		case 'r':
			return Reject, nil
		}
		return Ignore, nil
	}
	a := start(t, "a", plan{neighbours: []string{"b"}})
	b := start(t, "b", plan{validate: judge, config: func(c *Config) { c.Topics[0].MaxBytes = 100 }})
	c := start(t, "c", plan{neighbours: []string{"b"}})
	line(t, a, b, c)
	large := "accepted but for its size " + string(bytes.Repeat([]byte("x"), 100))
	for _, text := range []string{"accepted", "ignored", "rejected", "rejected too", large} {
		must(t, a.Publish(t.Context(), "events", []byte(text)))
	}
	eventually(t, "the accepted one arrives", func() bool { return c.has("accepted") })
	counts := b.Stats().Topics["events"]
	eventually(t, "all judged", func() bool {
		counts = b.Stats().Topics["events"]
		return counts.Accepted == 1 && counts.Ignored == 1 && counts.Rejected == 3
	})
	if c.has("ignored") || c.has("rejected") || b.has("ignored") || b.has("rejected") {
		t.Error("what was not accepted went on")
	}
	eventually(t, "three rejected messages put the sender on the gray list", func() bool { return b.scoreOf(a) < -300 })
	eventually(t, "the sender is out of the mesh", func() bool { return !b.meshed(a) && !a.meshed(b) })
	if err := a.Publish(t.Context(), "events", []byte("accepted?")); !errors.Is(err, ErrNoPeers) {
		t.Error(err)
	}
	if score := a.scoreOf(b); score < 0 {
		t.Errorf("the judge itself has %v", score)
	}
}

// line connects the nodes one after the other, and only those, and waits for their gossip meshes.
func line(t testing.TB, nodes ...*node) {
	t.Helper()
	for i, n := range nodes[1:] {
		join(t, nodes[i], n)
		eventually(t, "mesh", func() bool { return nodes[i].meshed(n) && n.meshed(nodes[i]) })
	}
}

func TestPublishErrors(t *testing.T) {
	n := start(t, "alone", plan{config: func(c *Config) { c.Topics[0].MaxBytes = 8 }})
	for _, c := range []struct {
		topic, data string
		want        error
	}{
		{"events", "hello", ErrNoPeers}, {"events", "too long for it", ErrTooLarge}, {"other", "x", ErrUnknownTopic},
	} {
		if err := n.Publish(t.Context(), c.topic, []byte(c.data)); !errors.Is(err, c.want) {
			t.Errorf("%q on %s: %v, want %v", c.data, c.topic, err, c.want)
		}
	}
	if n.Stats().Topics["events"].Unsent != 1 {
		t.Error("the unsent message was not counted")
	}
	// What was not sent may be sent later.
	other := start(t, "other", plan{})
	line(t, n, other)
	must(t, n.Publish(t.Context(), "events", []byte("hello")))
	eventually(t, "delivery", func() bool { return other.has("hello") })
	must(t, n.Close())
	if err := n.Publish(t.Context(), "events", []byte("x")); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

// TestSlowDelivery blocks Deliver: the queue is bounded, what finds no place is counted and still forwarded.
func TestSlowDelivery(t *testing.T) {
	release := make(chan struct{})
	a := start(t, "a", plan{neighbours: []string{"slow"}})
	c := start(t, "c", plan{neighbours: []string{"slow"}})
	m, err := New(Config{
		HostKey: seed("slow"), Network: "test", Admit: everybody, Topics: []Topic{{Name: "events", Queue: 4}},
	})
	must(t, err)
	t.Cleanup(func() { must(t, m.Close()) })
	t.Cleanup(func() { close(release) })
	must(t, m.Join("events", acceptAll, func(Message) { <-release }))
	must(t, m.Start())
	b := &node{Mesh: m}
	line(t, a, b, c)
	for i := range 20 {
		must(t, a.Publish(t.Context(), "events", []byte(fmt.Sprint(i))))
	}
	for i := range 20 {
		eventually(t, "forwarded", func() bool { return c.has(fmt.Sprint(i)) })
	}
	if got := b.Stats().Topics["events"]; got.Accepted != 20 || got.Overflowed < 15 {
		t.Errorf("%+v", got)
	}
}

// TestFlood lets one peer publish far more than its rate: most is dropped unseen, and others are still heard.
func TestFlood(t *testing.T) {
	quiet := start(t, "quiet", plan{neighbours: []string{"victim"}})
	victim := start(t, "victim", plan{config: func(c *Config) { c.Limits.GossipPerSecond = 50 }})
	flooder := start(t, "flooder", plan{neighbours: []string{"victim"}})
	line(t, quiet, victim, flooder)
	begin, sent := time.Now(), 0
	eventually(t, "the flood is cut", func() bool {
		for range 100 {
			sent++
			must(t, flooder.Publish(t.Context(), "events", []byte(fmt.Sprint("flood ", sent))))
		}
		return victim.Stats().RateLimited > 1000
	})
	must(t, quiet.Publish(t.Context(), "events", []byte("important")))
	eventually(t, "the quiet one is heard", func() bool { return victim.has("important") })
	allowed := 100 + 50*time.Since(begin).Seconds() + 2
	if got := victim.Stats().Topics["events"].Accepted; float64(got) > allowed {
		t.Errorf("%d of %d messages got through, %.0f are allowed", got, sent, allowed)
	}
}

// TestSubscriptionFilter sees that topics which are not the network's leave no trace in a node.
func TestSubscriptionFilter(t *testing.T) {
	n := start(t, "n", plan{})
	other := start(t, "other", plan{config: func(c *Config) {
		c.Topics = []Topic{{Name: "events"}, {Name: "unknown"}}
	}})
	line(t, n, other)
	if got := n.gossip.ListPeers(n.names.topic("unknown")); len(got) != 0 {
		t.Errorf("a subscription to an unknown topic was kept for %v", got)
	}
	if protocols := n.host.Mux().Protocols(); slices.ContainsFunc(protocols, foreign) {
		t.Errorf("protocols of a public network are served: %v", protocols)
	}
}

func foreign(id protocol.ID) bool {
	return id == "/ipfs/kad/1.0.0" || id == "/libp2p/circuit/relay/0.2.0/hop"
}
