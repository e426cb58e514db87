package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/identity/vault"
	"github.com/ledgerofthings/lot/mesh"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/engine"
)

// mallory is a member that runs a program of its own: a bare mesh with the keys of a guest.
type mallory struct {
	*mesh.Mesh
	t     *testing.T
	event *dag.MemorySigner

	mu       sync.Mutex
	received []dag.Message // of the exchange
	events   [][]byte      // gossiped to it
}

// haunt lets the guest be run by mallory instead of a node. Network names the protocols it speaks.
func (g *guest) haunt(t *testing.T, network dag.NetworkID) *mallory {
	t.Helper()
	seed, err := g.vault.Seed(vault.Host)
	must(t, err)
	m := &mallory{t: t, event: g.signer(vault.Event)}
	m.Mesh, err = mesh.New(mesh.Config{
		HostKey: seed[:], Network: network.String()[len("lotnet:"):], Admit: func(string) bool { return true },
		Listen: []string{"/ip4/127.0.0.1/tcp/0"}, Static: g.config.Network.Seeds, DHTMode: mesh.DHTServer, RedialMin: 20 * time.Millisecond,
		Topics: []mesh.Topic{{Name: string(engine.TopicEvents), MaxBytes: 2 * dag.MaxEventSize}, {Name: string(engine.TopicCheckpoints), MaxBytes: proof.CosignatureSize}},
	})
	must(t, err)
	t.Cleanup(func() { must(t, m.Close()) })
	accept := func(context.Context, string, []byte) (mesh.Verdict, any) { return mesh.Accept, nil }
	must(t, m.Join(string(engine.TopicEvents), accept, func(message mesh.Message) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.events = append(m.events, message.Data)
	}))
	must(t, m.Join(string(engine.TopicCheckpoints), accept, func(mesh.Message) {}))
	must(t, m.Handle(func(_ string, data []byte) {
		message, err := dag.DecodeMessage(data)
		if err != nil {
			t.Error(err)
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.received = append(m.received, message)
	}))
	must(t, m.Start())
	return m
}

// meets waits until mallory is connected to the guest's node and gossip between them works.
func (m *mallory) meets(g *guest) {
	m.t.Helper()
	eventually(m.t, func() error {
		if slices.ContainsFunc(m.Peers(), func(p mesh.PeerInfo) bool { return p.ID == g.node.mesh.ID() }) {
			return nil
		}
		return fmt.Errorf("not connected to %s", g.name)
	})
}

// informs returns how many answers it got, and how many events in them.
func (m *mallory) informs() (answers, events int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, message := range m.received {
		if i, ok := message.(*dag.Inform); ok {
			answers++
			events += len(i.Blocks)
		}
	}
	return answers, events
}

// publish gossips bytes until a peer takes them.
func (m *mallory) publish(data []byte) {
	m.t.Helper()
	eventually(m.t, func() error { return m.Publish(m.t.Context(), string(engine.TopicEvents), data) })
}

// tell sends a message of the exchange.
func (m *mallory) tell(g *guest, message dag.Message) {
	m.t.Helper()
	data, err := message.Encode()
	must(m.t, err)
	eventually(m.t, func() error { return m.Send(g.node.mesh.ID(), data) })
}

// haunted starts a network of two honest nodes, which have the quorum, and mallory with the third seat.
func haunted(t *testing.T, adjust ...func(*bootstrap.Manifest)) (*party, *mallory) {
	p := newPartyOf(t, adjust, 3, 3, 1)
	for _, g := range p.guests[:2] {
		g.start()
	}
	m := p.guests[2].haunt(t, p.genesis.ID())
	for _, g := range p.guests[:2] {
		g.ready()
		m.meets(g)
	}
	return p, m
}

// goesOn checks that the honest nodes still make events final.
func (p *party) goesOn() {
	p.t.Helper()
	a, b := p.guests[0], p.guests[1]
	result, err := a.client.Transfer(p.t.Context(), api.TransferRequest{To: b.node.self.account, Amount: 1, IdempotencyKey: fmt.Sprint(now())}, patience)
	must(p.t, err)
	if result.Receipt == nil || result.Receipt.Status != api.StateOrdered {
		p.t.Fatalf("%+v", result)
	}
}

// bothLogged reports whether both honest nodes have logged a line with the words.
func (p *party) bothLogged(words ...string) bool {
	return p.guests[0].log.has(words...) && p.guests[1].log.has(words...)
}

// own returns an event of mallory's on top of the roots.
func (m *mallory) own(network dag.NetworkID, seq uint64, change func(*dag.Fields)) *dag.Event {
	return event(m.t, network, m.event, seq, change)
}

func TestBadGossipIsLoggedAndHarmsNobody(t *testing.T) {
	for _, test := range []struct {
		why  string
		data func(m *mallory, id dag.NetworkID, seq uint64) []byte
	}{
		{"signature does not hold", func(m *mallory, id dag.NetworkID, seq uint64) []byte { return forge(t, m.own(id, seq, nil)).Block() }},
		{"too large, malformed or not canonical", func(m *mallory, id dag.NetworkID, seq uint64) []byte {
			return notCanonical(m.own(id, seq, nil).Block())
		}},
		{"of another network", func(m *mallory, _ dag.NetworkID, seq uint64) []byte {
			return event(t, dag.NetworkID{8}, m.event, seq, nil).Block()
		}},
	} {
		// Each in a network of its own: gossip hears a peer less from its first bad message on.
		t.Run(test.why, func(t *testing.T) {
			t.Parallel()
			p, m := haunted(t)
			id := p.genesis.ID()
			for seq, stranger := uint64(1), dag.NewSigner([32]byte{66}); !p.bothLogged("level=WARN", "not admitted", "from=guest-2", "hint="); seq++ {
				m.publish(event(t, id, stranger, seq, nil).Block()) // until it reaches both
			}
			for seq := uint64(1); !p.bothLogged("level=WARN", test.why, "from=guest-2", "hint="); seq++ {
				m.publish(test.data(m, id, seq))
			}
			p.goesOn()
			for _, g := range p.guests[:2] {
				if _, err := g.client.Event(t.Context(), m.own(id, 1, nil).ID(), false); err == nil {
					t.Fatal("a forged event is in the graph")
				}
			}
		})
	}
}

// Events whose parents never come wait in a bounded room, are asked for, and keep nobody from finality. What breaks a rule of the
// graph once it can be judged is refused with a line in the log.
func TestParentsThatNeverCome(t *testing.T) {
	t.Parallel()
	p, m := haunted(t)
	g, id := p.guests[0], p.genesis.ID()
	lost := m.own(id, 1, nil)
	child := m.own(id, 2, func(f *dag.Fields) { f.Prev = lost.ID() })
	m.publish(child.Block())
	eventually(t, func() error {
		m.mu.Lock()
		defer m.mu.Unlock()
		for _, message := range m.received {
			if ask, ok := message.(*dag.Missing); ok && len(ask.IDs) > 0 && dag.ID(ask.IDs[0]) == lost.ID() {
				return nil
			}
		}
		return fmt.Errorf("nobody asks for the missing parent")
	})
	status, err := g.client.Status(t.Context())
	must(t, err)
	if status.Ledger.Waiting != 1 {
		t.Fatalf("%d events wait", status.Ledger.Waiting)
	}
	p.goesOn()
	// An event that breaks a rule: a time before that of the event before it.
	m.publish(lost.Block())
	late := m.own(id, 3, func(f *dag.Fields) { f.Prev, f.Time = child.ID(), child.Time()-1000 })
	m.publish(late.Block())
	g.logged("level=WARN", "an event is refused", late.ID().String(), "issuer=guest-2", "hint=")
	eventually(t, func() error { _, err := g.client.Event(t.Context(), child.ID(), false); return err })
	p.goesOn()
}

// A peer that asks in a loop is answered at a bounded rate, and told of in the log; so is one that sends what nobody asked for.
func TestFloodOfTheExchange(t *testing.T) {
	t.Parallel()
	p, m := haunted(t)
	g, id := p.guests[0], p.genesis.ID()
	p.goesOn()
	began := time.Now()
	const flood = 600
	for range flood {
		m.tell(g, &dag.Missing{Epoch: 1, Mask: ^uint64(0)})
	}
	g.logged("level=WARN", "asks for more than this gateway answers", "from=guest-2", "hint=")
	p.goesOn()
	if err := m.Send(g.node.mesh.ID(), []byte("no message")); err != nil {
		t.Fatal(err)
	}
	g.logged("level=WARN", "no message of this protocol", "from=guest-2") // behind the flood, since messages of a peer keep their order
	answers, events := m.informs()
	if most := 64 + int(time.Since(began).Seconds()+1)*32; answers == 0 || events == 0 || answers > most {
		t.Fatalf("%d requests got %d answers with %d events, at most %d answers may be", flood, answers, events, most)
	}
	unasked := m.own(id, 1, nil)
	for range 100 { // more than it may be asked for in the meantime
		m.tell(g, &dag.Inform{Epoch: 1, Now: 1, Blocks: [][]byte{unasked.Block()}})
	}
	g.logged("level=WARN", "nobody asked it for", "from=guest-2", "hint=")
	p.goesOn()
}

// Events of one key above its rate are not forwarded, and harm nobody.
func TestFloodOverARate(t *testing.T) {
	const rate = 25
	p, m := haunted(t, func(m *bootstrap.Manifest) { m.Parameters.MaxEventRate = rate })
	prev := dag.ID{}
	noticed := func() bool { // by one that it reaches itself: the other gets only what the first forwards
		words := []string{"level=WARN", "issues more than the genesis allows", "from=guest-2", "hint="}
		return p.guests[0].log.has(words...) || p.guests[1].log.has(words...)
	}
	for seq := uint64(0); !noticed(); seq++ {
		if seq > 50*rate*engine.RateBurst {
			t.Fatal("nobody notices the flood")
		}
		e := m.own(p.genesis.ID(), seq+1, func(f *dag.Fields) { f.Prev = prev })
		prev = e.ID()
		m.publish(e.Block())
	}
	p.goesOn()
}

// A peer of another network, with a key that is admitted here, does not become a peer.
func TestPeerOfAnotherNetwork(t *testing.T) {
	p := newParty(t, 1, 1)
	g := p.guests[0]
	g.start()
	m := p.guests[1].haunt(t, dag.NetworkID{8})
	eventually(t, func() error {
		if addresses := g.node.Addresses(); len(addresses) > 0 {
			return m.Connect(addresses[0])
		}
		return errors.New("not listening")
	})
	eventually(t, func() error {
		status, err := g.client.Status(t.Context())
		if err == nil && (status.Sync.InSync || status.Peers != 0 || !strings.Contains(status.Sync.Hint, "same genesis")) {
			err = fmt.Errorf("%+v", status.Sync)
		}
		return err
	})
	if err := m.Send(g.node.mesh.ID(), []byte("x")); err == nil {
		t.Fatal("a peer of another network is ready for messages")
	}
	g.logged("level=WARN", "no peer is connected", "same genesis")
}
