package querytest

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/query/server"
	"github.com/ledgerofthings/lot/node/store/memstore"
)

// Full is a full gateway with its engine.
type Full struct {
	Name   string
	Engine *engine.Engine
	Server *server.Server
	// Deaf makes it drop events that are submitted to it, though it says nothing of that.
	Deaf bool

	town   *Town
	signer dag.Signer
	disk   *memstore.Memory
	wakeAt uint64
	record record
	ticket engine.Ticket
	reply  engine.Reply
}

func newFull(t *Town, n int) *Full {
	signer := Signer('e', n)
	f := &Full{Name: fmt.Sprint("full-", n), town: t, signer: signer, disk: memstore.New()}
	f.record.init(&t.Network)
	e, err := engine.New(engine.Config{Network: t.Network, Policy: engine.DefaultPolicy, Self: engine.Self{
		Signer: signer, Account: dag.AccountOf(signer.Key()), Cosigner: Signer('c', n),
		BatchKey: func(root [32]byte) [32]byte { return root }, Random: rand.New(rand.NewPCG(9, uint64(n))), //nolint:gosec // a test repeats
	}}, f.disk, t.Now)
	if err != nil {
		t.T.Fatal(err)
	}
	f.Engine = e
	f.Server = server.New(t.Network.ID, f, t.Time, nil)
	f.step(engine.Wake{})
	return f
}

// Answer answers a request of a peer.
func (f *Full) Answer(from string, request []byte) []byte {
	answer, err := f.Server.Answer(context.Background(), from, request)
	if err != nil {
		f.town.T.Fatal(err)
	}
	return answer
}

// Pay issues a transfer and returns its event.
func (f *Full) Pay(to dag.Account, amount uint64) dag.ID {
	f.ticket++
	f.reply = engine.Reply{}
	f.step(engine.Transfer{Ticket: f.ticket, To: to, Amount: amount})
	if f.reply.Refusal != nil {
		f.town.T.Fatalf("%s does not pay: %v", f.Name, f.reply.Refusal)
	}
	return f.reply.Event
}

// Govern issues an event about the network and returns it.
func (f *Full) Govern(kind string, body []byte) dag.ID {
	f.ticket++
	f.reply = engine.Reply{}
	f.step(engine.Govern{Ticket: f.ticket, Kind: kind, Body: body})
	if f.reply.Refusal != nil {
		f.town.T.Fatalf("%s does not issue %q: %v", f.Name, kind, f.reply.Refusal)
	}
	return f.reply.Event
}

// Bind registers a device and binds it to the gateway.
func (f *Full) Bind(name string, device dag.Key) {
	f.ticket++
	f.reply = engine.Reply{}
	f.step(engine.AddDevice{Ticket: f.ticket, Name: name, Key: device})
	if f.reply.Refusal != nil {
		f.town.T.Fatalf("%s does not bind %s: %v", f.Name, name, f.reply.Refusal)
	}
}

// Read implements server.Node.
func (f *Full) Read(_ context.Context, read func(server.Reader)) error {
	read(reader{f})
	return nil
}

// Submit implements server.Node.
func (f *Full) Submit(_ context.Context, from string, v dag.Verified) error {
	if f.Deaf {
		return nil
	}
	f.step(engine.Gossip{From: from, Events: []dag.Verified{v}})
	f.publish(engine.Broadcast{Topic: engine.TopicEvents, Data: v.Block()})
	return nil
}

// step runs one input and sends the effects on their way.
func (f *Full) step(in engine.Input) {
	var out engine.Effects
	if err := f.Engine.Step(f.town.Now, in, &out); err != nil {
		f.town.T.Fatalf("%s: %v", f.Name, err)
	}
	if err := f.disk.Commit(); err != nil {
		f.town.T.Fatal(err)
	}
	f.record.take(f.Engine, out.Notices)
	for _, r := range out.Replies {
		f.reply = r
	}
	for _, b := range out.Broadcasts {
		f.publish(b)
	}
	for _, s := range out.Sends {
		for _, to := range f.town.Full {
			if to.Name == s.Peer {
				message := s.Message
				f.town.Travel(func() { to.receive(f.Name, message) })
			}
		}
	}
	if out.WakeAt != 0 && (f.wakeAt == 0 || out.WakeAt < f.wakeAt) {
		f.wakeAt = out.WakeAt
		f.town.After(out.WakeAt-min(out.WakeAt, f.town.Now), func() {
			if f.wakeAt == out.WakeAt {
				f.wakeAt = 0
				f.step(engine.Wake{})
			}
		})
	}
}

// publish tells all others.
func (f *Full) publish(b engine.Broadcast) {
	for _, to := range f.town.Full {
		if to != f {
			f.town.Travel(func() { to.hear(f.Name, b) })
		}
	}
}

// hear takes what is told to all.
func (f *Full) hear(from string, b engine.Broadcast) {
	if b.Topic == engine.TopicEvents {
		v, err := dag.Restore(b.Data)
		if err != nil {
			f.town.T.Fatal(err)
		}
		f.step(engine.Gossip{From: from, Events: []dag.Verified{v}})
		return
	}
	c, err := proof.DecodeCosignature(b.Data)
	if err != nil {
		f.town.T.Fatal(err)
	}
	signers := f.Engine.Signers()
	if v, err := signers.Verify(c); err == nil {
		f.step(engine.Cosigned{Cosignature: v})
	}
}

// receive takes a message of the graph exchange.
func (f *Full) receive(from string, m dag.Message) {
	in := engine.Sync{From: from, Message: m}
	switch m := m.(type) {
	case *dag.Offer:
		signers := f.Engine.Signers()
		if signed, err := signers.Open(m.Note); err == nil {
			in.Checkpoint = &signed
		}
	case *dag.Inform:
		for _, block := range m.Blocks {
			v, err := dag.Restore(block)
			if err != nil {
				f.town.T.Fatal(err)
			}
			in.Events = append(in.Events, v)
		}
	}
	f.step(in)
}
