package mesh

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"slices"
	"sync"
	"testing"
	"time"

	libp2p "github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
)

const patience = 10 * time.Second

var (
	onTCP  = []string{"/ip4/127.0.0.1/tcp/0"}
	onQUIC = []string{"/ip4/127.0.0.1/udp/0/quic-v1"}
)

// seed makes a host key from a name.
func seed(name string) []byte {
	sum := sha256.Sum256([]byte(name))
	return sum[:]
}

func idOf(t testing.TB, name string) string {
	t.Helper()
	id, err := PeerID(ed25519.NewKeyFromSeed(seed(name)).Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// node is a mesh under test with what it was told.
type node struct {
	*Mesh
	mu       sync.Mutex
	received []Message
	messages []string
	events   []PeerEvent
}

// plan says how a node differs from the usual one.
type plan struct {
	config     func(*Config)
	neighbours []string // the only ones it admits, by name; without any it admits everybody
	validate   Validator
	handle     Handler
	before     func(*Mesh)
}

func everybody(string) bool { return true }

func acceptAll(_ context.Context, _ string, data []byte) (Verdict, any) { return Accept, len(data) }

func build(t testing.TB, name string, p plan) *node {
	t.Helper()
	cfg := Config{
		HostKey: seed(name), Network: "test", Admit: everybody, RedialMin: 20 * time.Millisecond, RedialMax: time.Second,
		Topics: []Topic{{Name: "events"}},
	}
	if len(p.neighbours) > 0 {
		var ids []string
		for _, neighbour := range p.neighbours {
			ids = append(ids, idOf(t, neighbour))
		}
		cfg.Admit = func(id string) bool { return slices.Contains(ids, id) }
	}
	if p.config != nil {
		p.config(&cfg)
	}
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	n := &node{Mesh: m}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	if cfg.BootstrapOnly {
		return n
	}
	if p.validate == nil {
		p.validate = acceptAll
	}
	if p.handle == nil {
		p.handle = n.keep
	}
	must(t, m.Handle(p.handle))
	must(t, m.OnPeer(n.note))
	for _, topic := range cfg.Topics {
		must(t, m.Join(topic.Name, p.validate, n.take))
	}
	if p.before != nil {
		p.before(m)
	}
	return n
}

// start is build and Start.
func start(t testing.TB, name string, p plan) *node {
	t.Helper()
	n := build(t, name, p)
	must(t, n.Start())
	return n
}

func (n *node) take(message Message) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.received = append(n.received, message)
}

func (n *node) keep(_ string, data []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.messages = append(n.messages, string(data))
}

func (n *node) note(e PeerEvent) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.events = append(n.events, e)
}

func (n *node) has(data string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, message := range n.received {
		if string(message.Data) == data {
			return true
		}
	}
	return false
}

func (n *node) sees(other *node) bool {
	for _, info := range n.Peers() {
		if info.ID == other.ID() {
			return true
		}
	}
	return false
}

// meshed tells whether the other is in our gossip mesh of the topic "events".
func (n *node) meshed(other *node) bool {
	for _, info := range n.Peers() {
		if info.ID == other.ID() {
			return len(info.Topics) > 0
		}
	}
	return false
}

func (n *node) scoreOf(other *node) float64 { return n.scores.of(peerOf(other.ID())) }

func peerOf(id string) peer.ID {
	decoded, _ := peer.Decode(id)
	return decoded
}

// join connects a to b and waits until both are ready.
func join(t testing.TB, a, b *node) {
	t.Helper()
	must(t, a.Connect(b.Addresses()[0]))
	eventually(t, "both are ready", func() bool { return a.sees(b) && b.sees(a) })
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually looks again and again until the condition holds.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	tick, end := time.NewTicker(2*time.Millisecond), time.After(patience)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// stranger is a plain libp2p host, which does not keep to our rules.
func stranger(t testing.TB, name string) host.Host {
	t.Helper()
	key, err := crypto.UnmarshalEd25519PrivateKey(ed25519.NewKeyFromSeed(seed(name)))
	must(t, err)
	h, err := libp2p.New(libp2p.Identity(key), libp2p.NoListenAddrs, libp2p.DisableMetrics())
	must(t, err)
	t.Cleanup(func() { _ = h.Close() })
	return h
}

func infoOf(t testing.TB, n *node) peer.AddrInfo {
	t.Helper()
	infos, err := parseAddresses(n.Addresses())
	must(t, err)
	return infos[0]
}
