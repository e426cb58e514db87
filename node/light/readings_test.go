package light_test

import (
	"errors"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/light"
	"github.com/ledgerofthings/lot/node/query/querytest"
)

// device returns the key of a device.
func device(n int) *dag.MemorySigner { return querytest.Signer('d', n) }

// call gives the machine a request and waits for the reply.
func (b *box) call(in func(t engine.Ticket) light.Input) engine.Reply {
	b.town.T.Helper()
	t := b.ticket()
	b.step(in(t))
	b.town.Until(30_000, "the request is answered", func() bool { _, ok := b.replies[t]; return ok })
	return b.replies[t]
}

// add registers a device.
func (b *box) add(n int, name string) *engine.Refusal {
	return b.call(func(t engine.Ticket) light.Input {
		return engine.AddDevice{Ticket: t, Name: name, Key: device(n).Key()}
	}).Refusal
}

// take gives the machine a reading of a device.
func (b *box) take(n int, seq uint64) *engine.Refusal {
	b.town.T.Helper()
	raw, err := reading.Sign(device(n), reading.Message{Time: b.town.Now, Seq: seq, Sensor: "temperature", Value: float64(seq), Unit: "Cel"})
	if err != nil {
		b.town.T.Fatal(err)
	}
	r, err := reading.Parse(raw)
	if err != nil {
		b.town.T.Fatal(err)
	}
	v, err := reading.Verify(r)
	if err != nil {
		b.town.T.Fatal(err)
	}
	return b.call(func(t engine.Ticket) light.Input { return engine.Reading{Ticket: t, Reading: v} }).Refusal
}

// prove returns what the proof of a reading proves.
func (b *box) prove(n int, seq uint64) *proof.Result {
	b.town.T.Helper()
	placed, err := b.machine.Place(device(n).Key(), seq)
	if err != nil {
		b.town.T.Fatal(err)
	}
	t := b.ticket()
	b.step(light.Find{Ticket: t, ID: placed.Batch.Event})
	b.town.Until(10_000, "the anchor is found", func() bool { _, ok := b.found[t]; return ok })
	if b.found[t].Refusal != nil || b.found[t].Event.Proof == nil {
		b.town.T.Fatalf("%+v", b.found[t])
	}
	file, err := b.found[t].Event.Proof.WithReading(placed.Reading, placed.Index, placed.Path)
	if err != nil {
		b.town.T.Fatal(err)
	}
	result, err := proof.Verify(file, b.town.Network.Cosigners)
	if err != nil {
		b.town.T.Fatal(err)
	}
	return result
}

func TestReadings(t *testing.T) {
	town := newTown(t, 4, 4, nil)
	town.Run(500)
	town.Full[0].Pay(payee, 1)
	b := newBoxOf(town, 3)
	b.config.Policy.BatchCount = 10
	b.start()
	b.ready(10_000)
	for n := range 2 {
		if r := b.add(n, string(rune('a'+n))); r != nil {
			t.Fatal(r)
		}
	}
	for what, in := range map[string]engine.AddDevice{
		"name taken": {Name: "a", Key: device(5).Key()}, "key taken": {Name: "z", Key: device(0).Key()},
		"bad name": {Name: "a b", Key: device(5).Key()}, "no key": {Name: "z"}, "no numbers left": {Name: "z", Key: device(5).Key(), From: dag.MaxInteger},
	} {
		if r := b.call(func(t engine.Ticket) light.Input { in.Ticket = t; return in }); r.Refusal == nil {
			t.Errorf("%s: the device is registered", what)
		}
	}
	for seq := uint64(1); seq <= 15; seq++ {
		for n := range 2 {
			if r := b.take(n, seq); r != nil {
				t.Fatal(r)
			}
		}
		if seq == 7 {
			b.start() // in the middle of a batch
		}
	}
	if r := b.take(0, 15); r == nil || r.Code != engine.CodeReplayed {
		t.Fatalf("a reading is taken twice: %v", r)
	}
	if r := b.take(3, 1); r == nil || r.Code != engine.CodeUnknownDevice {
		t.Fatalf("a reading of nobody is taken: %v", r)
	}
	b.call(func(t engine.Ticket) light.Input { return engine.Flush{Ticket: t} })
	town.Until(60_000, "all readings are final", func() bool { return b.machine.Totals().Final == 30 })
	town.Run(3_000)
	for seq := uint64(1); seq <= 15; seq++ {
		if r := b.prove(1, seq); !r.Effective() {
			t.Fatalf("%+v", r)
		}
	}
	if totals := b.machine.Totals(); totals.Stored != 30 || totals.Anchored != 30 {
		t.Fatalf("%+v", totals)
	}
	if _, err := b.machine.Place(device(0).Key(), 16); !errors.Is(err, engine.ErrNotFound) {
		t.Fatal(err)
	}
	numbers, err := b.machine.Batches(device(0).Key(), 10)
	if err != nil || len(numbers) < 3 {
		t.Fatalf("%v %v", numbers, err)
	}
	bound := false
	b.read(func(v ledger.View) { _, bound = ledger.DeviceGateway(v, device(0).Key()) })
	if !bound {
		t.Fatal("the device is not bound")
	}
	if r := b.call(func(t engine.Ticket) light.Input { return engine.RemoveDevice{Ticket: t, Device: "a"} }); r.Refusal != nil {
		t.Fatal(r.Refusal)
	}
	town.Until(20_000, "the device is released", func() bool {
		b.read(func(v ledger.View) { _, bound = ledger.DeviceGateway(v, device(0).Key()) })
		return !bound
	})
	b.start()
	if list := b.machine.Devices(); len(list) != 1 || list[0].Name != "b" || list[0].LastSeq != 15 {
		t.Fatalf("%+v", list)
	}
}

// A device that the ledger binds to another gateway is not taken, and readings are anchored over the ends of epochs.
func TestReadingsOverEpochs(t *testing.T) {
	town := newTown(t, 4, 4, func(p *governance.Parameters) { p.EpochRounds = 8 })
	town.Run(500)
	town.Full[1].Bind("theirs", device(1).Key())
	town.Run(3_000)
	b := newBox(town)
	b.ready(20_000)
	if r := b.add(1, "theirs"); r == nil || r.Code != engine.CodeBoundElse {
		t.Fatalf("%v", r)
	}
	if r := b.add(0, "mine"); r != nil {
		t.Fatal(r)
	}
	for seq := uint64(1); seq <= 60; seq++ {
		if r := b.take(0, seq); r != nil {
			t.Fatal(r)
		}
		if seq%3 == 0 {
			b.call(func(t engine.Ticket) light.Input { return engine.Flush{Ticket: t} })
		}
		town.Run(200)
	}
	town.Until(60_000, "all readings are final", func() bool { return b.machine.Totals().Final == 60 })
	if epoch := b.machine.Origin().Epoch; epoch < 3 {
		t.Fatalf("epoch %d of %d, at %d ms", epoch, town.Full[0].Engine.Overview().Epoch, town.Now-1_700_000_000_000)
	}
	numbers, err := b.machine.Batches(dag.Key{}, 100)
	if err != nil || len(numbers) != 20 {
		t.Fatalf("%v %v", numbers, err)
	}
	for _, n := range numbers {
		if batch, err := b.machine.Batch(n); err != nil || batch.Status != ledger.StatusApplied {
			t.Fatalf("%+v %v", batch, err)
		}
	}
	t.Logf("%+v", b.machine.Counters())
}
