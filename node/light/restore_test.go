package light_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/light"
	"github.com/ledgerofthings/lot/node/query"
	"github.com/ledgerofthings/lot/node/query/querytest"
	"github.com/ledgerofthings/lot/node/store/memstore"
)

// forked fails the test if a full gateway holds two own events of the box with one number.
func (b *box) forked() {
	b.town.T.Helper()
	for _, f := range b.town.Full {
		err := f.Engine.EventsBefore(1<<30, func(_ int, info engine.EventInfo) bool {
			if info.Forked {
				b.town.T.Fatalf("%s: the key of %s has forked", f.Name, info.Event.ID())
			}
			return true
		})
		if err != nil {
			b.town.T.Fatal(err)
		}
	}
}

// A box whose disk is that of some time ago, or lost, goes on behind what it issued, and does not fork its chain.
func TestOldDisk(t *testing.T) {
	for seed := range uint64(4) {
		town := newTown(t, seed, 4, nil)
		town.Run(500)
		town.Full[0].Pay(payee, 1)
		b := newBox(town)
		b.ready(10_000)
		b.pay(payee, 1)
		old := b.disk.Clone()
		if seed%2 == 0 {
			old = memstore.New()
		}
		b.pay(payee, 1)
		town.Run(5_000)
		b.disk = old
		b.start()
		if ok, why := b.machine.MayIssue(); ok {
			t.Fatalf("it issues before it has heard: %s", why)
		}
		b.ready(30_000)
		town.Run(2_000)
		b.notices = nil
		b.pay(payee, 1)
		town.Until(20_000, "the transfer is final", func() bool { return len(told[light.Final](b)) > 0 })
		town.Run(5_000)
		if got := b.balance(payee); got != 4 {
			t.Fatalf("seed %d: the payee has %d", seed, got)
		}
		b.forked()
	}
}

// A process that is killed again and again loses nothing that it said it had issued.
func TestKilledOften(t *testing.T) {
	town := newTown(t, 3, 4, func(p *governance.Parameters) { p.EpochRounds = 40 })
	town.Run(500)
	town.Full[0].Pay(payee, 1)
	b := newBox(town)
	paid := uint64(1)
	for n := range 12 {
		b.ready(60_000)
		for range n % 3 {
			b.pay(payee, 1)
			paid++
		}
		town.Run(uint64(n) * 37)
		b.start()
	}
	b.ready(60_000)
	town.Until(60_000, "everything has arrived", func() bool { return b.balance(payee) == paid })
	b.forked()
}

// A box on a line that loses every second request is only slower.
func TestBadLine(t *testing.T) {
	town := newTown(t, 3, 4, nil)
	town.Run(500)
	town.Full[0].Pay(payee, 1)
	b := newBox(town)
	random := rand.New(rand.NewPCG(1, 1))
	b.lost = func(string) bool { return random.IntN(2) == 0 }
	b.ready(300_000)
	b.pay(payee, 3)
	town.Until(300_000, "the transfer is final", func() bool { return len(told[light.Final](b)) == 1 })
}

// Gateways that take events and forget them do no more than delay.
func TestDeafGateways(t *testing.T) {
	town := newTown(t, 3, 4, nil)
	town.Run(500)
	town.Full[0].Pay(payee, 1)
	b := newBoxOf(town, 4)
	for n := range 3 {
		town.Full[n].Deaf = true
		b.twist[town.Full[n].Name] = func(_ *query.Request, a *query.Answer) {
			if a.Submitted != nil {
				for i := range a.Submitted.Events {
					a.Submitted.Events[i] = query.Taken{Attached: true}
				}
			}
		}
	}
	b.ready(30_000)
	b.pay(payee, 3)
	town.Until(60_000, "the transfer is final", func() bool { return len(told[light.Final](b)) == 1 })
}

// A gateway that is admitted while an epoch goes on takes part at once.
func TestNewcomer(t *testing.T) {
	town := newTownOf(t, 3, 4, 0, func(p *governance.Parameters) { p.EpochRounds = 60 })
	town.Run(500)
	b := newBox(town)
	town.Run(5_000)
	admit(t, town, b.number)
	town.Full[1].Pay(b.config.Self.Account, 50)
	b.ready(20_000)
	b.pay(payee, 3)
	town.Until(20_000, "the transfer is final", func() bool { return len(told[light.Final](b)) == 1 })
	if s := told[light.Final](b)[0]; s.Status != ledger.StatusApplied {
		t.Fatalf("%+v", s)
	}
	for n := range 20 {
		b.ready(20_000)
		b.pay(payee, 1)
		town.Until(60_000, fmt.Sprint("transfer ", n, " is final"), func() bool { return len(told[light.Final](b)) == n+2 })
	}
	if b.machine.Origin().Epoch < 2 || len(told[light.Liar](b)) > 0 {
		t.Fatalf("epoch %d, %+v", b.machine.Origin().Epoch, told[light.Liar](b))
	}
}

// admit has the first full gateway admit a newcomer.
func admit(t *testing.T, town *querytest.Town, n int) {
	t.Helper()
	m := querytest.Member(n)
	application := governance.Application{Name: m.Name, Host: m.Host, Event: m.Event, Cosign: m.Cosign, Sponsor: querytest.Signer('e', 0).Key()}
	signed, err := application.Sign(town.Network.ID, [32]byte{1}, querytest.Signer('h', n), querytest.Signer('e', n), querytest.Signer('c', n))
	if err != nil {
		t.Fatal(err)
	}
	body, err := (&governance.Admit{SignedApplication: signed}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	town.Full[0].Govern(governance.KindAdmit, body)
}

// A gateway that was away for some epochs comes back by their certificates; one that begins with a pinned seal needs no genesis
// committee, and refuses another history.
func TestAwayAndPinned(t *testing.T) {
	town := newTown(t, 8, 4, func(p *governance.Parameters) { p.EpochRounds = 20 })
	town.Run(500)
	town.Full[0].Pay(payee, 1)
	b := newBox(town)
	b.ready(20_000)
	b.lost = func(string) bool { return true }
	for range 60 {
		town.Full[1].Pay(payee, 1)
		town.Run(300)
	}
	town.Run(5_000)
	before := b.machine.Origin().Epoch
	b.lost = nil
	town.Until(90_000, "it is some epochs further", func() bool { return b.machine.Origin().Epoch >= before+3 })
	b.ready(90_000)
	if got := b.balance(payee); got != 61 {
		t.Fatalf("the payee has %d", got)
	}
	snapshot, err := town.Full[2].Engine.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	for _, pin := range []proof.Pin{snapshot.Seal.Pin(), {Epoch: snapshot.Seal.Leaf.Epoch, Seal: proof.Hash{1}}} {
		pinned := newBox(town)
		pinned.config.Pin = pin
		pinned.disk = memstore.New()
		pinned.start()
		town.Run(20_000)
		if head, ok := pinned.machine.Head(); ok != (pin == snapshot.Seal.Pin()) {
			t.Fatalf("pin %v: %+v", pin, head)
		}
		if pin == snapshot.Seal.Pin() && pinned.balance(payee) != 61 {
			t.Fatal("the pinned gateway has another ledger")
		}
	}
}

// What nobody knows of is proven to be absent.
func TestAbsence(t *testing.T) {
	town := newTown(t, 9, 4, nil)
	town.Run(500)
	town.Full[0].Pay(payee, 1)
	b := newBox(town)
	town.Run(5_000)
	var bound, known bool
	r := b.read(func(v ledger.View) {
		_, bound = ledger.DeviceGateway(v, dag.Key{7})
		_, known = v.Get(ledger.AccountKey(dag.Account{7, 7}))
	})
	if r.Refusal != nil || bound || known || r.Head.Size == 0 {
		t.Fatalf("%+v %t %t", r, bound, known)
	}
	ticket := b.ticket()
	b.step(light.Find{Ticket: ticket, ID: dag.ID{4}})
	town.Until(5_000, "the event is looked for", func() bool { _, ok := b.found[ticket]; return ok })
	if f := b.found[ticket]; f.Refusal == nil || f.Refusal.Code != light.CodeNotFound {
		t.Fatalf("%+v", f)
	}
}

// Idempotency keys hold over restarts, and while a transfer waits.
func TestIdempotency(t *testing.T) {
	town := newTown(t, 9, 4, nil)
	town.Run(500)
	town.Full[0].Pay(payee, 1)
	b := newBox(town)
	b.ready(10_000)
	in := engine.Transfer{Ticket: b.ticket(), To: payee, Amount: 4, IdempotencyKey: "rent"}
	b.step(in)
	again := in
	again.Ticket = b.ticket()
	b.step(again)
	town.Run(5_000)
	id := b.replies[in.Ticket].Event
	if r := b.replies[again.Ticket]; r.Event != id && (r.Refusal == nil || r.Refusal.Code != engine.CodeBusy) {
		t.Fatalf("%+v", r)
	}
	b.start()
	b.ready(20_000)
	again.Ticket = b.ticket()
	b.step(again)
	if r := b.replies[again.Ticket]; r.Refusal != nil || r.Event != id || id.IsZero() {
		t.Fatalf("%+v", r)
	}
	if own, err := b.machine.Own(id); err != nil || own.Status != ledger.StatusApplied || own.Event.ID() != id {
		t.Fatalf("%+v %v", own, err)
	}
	if _, err := b.machine.Own(dag.ID{1}); !errors.Is(err, engine.ErrNotFound) {
		t.Fatal(err)
	}
	if o := b.machine.Overview(); o.Balance != 999_996 || o.Pending != 0 || !o.MayIssue || o.Committee != 4 {
		t.Fatalf("%+v", o)
	}
	again.Ticket, again.Amount = b.ticket(), 5
	b.step(again)
	if r := b.replies[again.Ticket]; r.Refusal == nil || r.Refusal.Code != engine.CodeConflict {
		t.Fatalf("%+v", r)
	}
	for what, in := range map[string]engine.Transfer{
		"nothing":  {To: payee},
		"to self":  {To: b.config.Self.Account, Amount: 1},
		"too much": {To: payee, Amount: 1 << 40},
	} {
		in.Ticket = b.ticket()
		b.step(in)
		if b.replies[in.Ticket].Refusal == nil {
			t.Errorf("%s is paid", what)
		}
	}
}
