package light_test

import (
	"math/rand/v2"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/light"
	"github.com/ledgerofthings/lot/node/query"
	"github.com/ledgerofthings/lot/node/query/querytest"
	"github.com/ledgerofthings/lot/node/store/memstore"
)

// box is a light gateway in a town.
type box struct {
	town    *querytest.Town
	number  int // among the founders
	config  light.Config
	disk    *memstore.Memory
	machine *light.Machine
	life    int
	wakeAt  uint64
	notices []light.Notice
	replies map[engine.Ticket]engine.Reply
	reads   map[engine.Ticket]light.ReadReply
	found   map[engine.Ticket]light.Found
	tickets engine.Ticket
	bytes   int // of requests and answers
	twist   map[string]func(r *query.Request, a *query.Answer)
	lost    func(peer string) bool
}

// newTown is a town of full gateways, and of one founder for a light one.
func newTown(t testing.TB, seed uint64, full int, change func(p *governance.Parameters)) *querytest.Town {
	t.Helper()
	return newTownOf(t, seed, full, 1, change)
}

// newTownOf is newTown with a number of founders for light gateways.
func newTownOf(t testing.TB, seed uint64, full, light int, change func(p *governance.Parameters)) *querytest.Town {
	t.Helper()
	p := governance.DefaultParameters()
	if change != nil {
		change(&p)
	}
	return querytest.NewTown(t, seed, full, light, p)
}

func newBox(town *querytest.Town) *box { return newBoxOf(town, light.DefaultPolicy.Peers) }

// newBoxOf is newBox with another number of active peers.
func newBoxOf(town *querytest.Town, peers int) *box {
	b := &box{town: town, number: len(town.Full), disk: memstore.New(), twist: map[string]func(*query.Request, *query.Answer){}}
	signer := querytest.Signer('e', b.number)
	b.config = light.Config{
		Network: town.Network.ID, Committee: town.Network.Cosigners, Policy: light.DefaultPolicy,
		Version: 1, Self: light.Self{
			Signer: signer, Account: dag.AccountOf(signer.Key()), BatchKey: func(root [32]byte) [32]byte { root[0] ^= 7; return root },
		},
	}
	b.config.Policy.Peers = peers
	b.start()
	return b
}

// start makes the machine from what is on the disk, and connects it to all.
func (b *box) start() {
	b.life++
	b.config.Self.Random = rand.New(rand.NewPCG(uint64(b.life), 3))
	b.disk.Crash()
	m, err := light.New(b.config, b.disk)
	if err != nil {
		b.town.T.Fatal(err)
	}
	b.machine, b.wakeAt = m, 0
	b.replies, b.reads, b.found = map[engine.Ticket]engine.Reply{}, map[engine.Ticket]light.ReadReply{}, map[engine.Ticket]light.Found{}
	b.introduce()
}

// introduce connects the machine to all full gateways.
func (b *box) introduce() {
	for n, f := range b.town.Full {
		b.step(light.PeerUp{Peer: f.Name, Member: querytest.Signer('e', n).Key(), Weight: 1})
	}
}

func (b *box) step(in light.Input) {
	var out light.Effects
	if err := b.machine.Step(b.town.Now, in, &out); err != nil {
		b.town.T.Fatalf("step %T: %v", in, err)
	}
	if err := b.disk.Commit(); err != nil {
		b.town.T.Fatal(err)
	}
	b.notices = append(b.notices, out.Notices...)
	for _, r := range out.Replies {
		b.replies[r.Ticket] = r
	}
	for _, r := range out.Reads {
		b.reads[r.Ticket] = r
	}
	for _, f := range out.Found {
		b.found[f.Ticket] = f
	}
	for _, a := range out.Asks {
		b.send(a)
	}
	if out.WakeAt != 0 {
		b.wake(out.WakeAt)
	}
}

func (b *box) wake(at uint64) {
	life := b.life
	b.wakeAt = at
	b.town.After(at-min(at, b.town.Now), func() {
		if b.life == life && b.wakeAt == at {
			b.step(light.Wake{})
		}
	})
}

// send takes a request to a full gateway and the answer back.
func (b *box) send(a light.Ask) {
	life := b.life
	answer := func(in light.Answered) {
		b.town.Travel(func() {
			if b.life == life {
				b.step(in)
			}
		})
	}
	request, err := a.Request.Encode()
	if err != nil {
		b.town.T.Fatalf("%+v: %v", a.Request, err)
	}
	b.bytes += len(request)
	if b.lost != nil && b.lost(a.Peer) {
		answer(light.Answered{Ask: a.ID, Failed: "no answer"})
		return
	}
	for _, f := range b.town.Full {
		if f.Name == a.Peer {
			b.town.Travel(func() { answer(b.ask(f, a, request)) })
		}
	}
}

func (b *box) ask(f *querytest.Full, a light.Ask, request []byte) light.Answered {
	raw := f.Answer("box", request)
	b.bytes += len(raw)
	decoded, err := query.DecodeAnswer(raw)
	if err != nil {
		b.town.T.Fatalf("%+v: %v", a.Request, err)
	}
	if twist := b.twist[f.Name]; twist != nil {
		r := a.Request
		twist(&r, &decoded)
	}
	return light.Answered{Ask: a.ID, Answer: decoded}
}

// ticket returns a new one.
func (b *box) ticket() engine.Ticket { b.tickets++; return b.tickets }

// pay issues a transfer and returns its event, once it is issued.
func (b *box) pay(to dag.Account, amount uint64) dag.ID {
	b.town.T.Helper()
	t := b.ticket()
	b.step(engine.Transfer{Ticket: t, To: to, Amount: amount})
	b.town.Until(20_000, "the transfer is issued", func() bool { _, ok := b.replies[t]; return ok })
	if r := b.replies[t]; r.Refusal != nil {
		b.town.T.Fatalf("the transfer is refused: %v", r.Refusal)
	}
	return b.replies[t].Event
}

// ready waits until the box may issue.
func (b *box) ready(ms uint64) {
	b.town.T.Helper()
	b.town.Until(ms, "the light gateway may issue", func() bool { ok, _ := b.machine.MayIssue(); return ok })
}

// read returns what f finds.
func (b *box) read(f func(ledger.View)) light.ReadReply {
	b.town.T.Helper()
	t := b.ticket()
	b.step(light.Read{Ticket: t, F: f})
	b.town.Until(20_000, "the read is answered", func() bool { _, ok := b.reads[t]; return ok })
	return b.reads[t]
}

// told returns the notices of a kind.
func told[T any](b *box) (list []T) {
	for _, n := range b.notices {
		if n, ok := n.(T); ok {
			list = append(list, n)
		}
	}
	return list
}

// balance returns an account's balance as the light gateway proves it.
func (b *box) balance(a dag.Account) (amount uint64) {
	b.town.T.Helper()
	r := b.read(func(v ledger.View) { amount = light.ReadAccount(v, a).Balance })
	if r.Refusal != nil {
		b.town.T.Fatal(r.Refusal)
	}
	return amount
}
