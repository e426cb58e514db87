package invariant

import (
	"math/rand/v2"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/store/memstore"
)

// hermit is the only member of a network, so that it decides everything by itself.
type hermit struct {
	t       *testing.T
	config  engine.Config
	disk    *memstore.Memory
	engine  *engine.Engine
	now     uint64 // ms
	notices []engine.Notice
}

const birth = 1_700_000_000_000 // ms

func newHermit(t *testing.T) *hermit {
	t.Helper()
	key := signer(1).Key()
	account := dag.AccountOf(key)
	h := &hermit{t: t, disk: memstore.New(), now: birth}
	id := dag.NetworkID{9}
	founders := []engine.Founder{{Balance: 100, Member: governance.Member{
		Name: "m", Host: signer(4).Key(), Event: key, Cosign: signer(3).Key(), Account: account, Weight: 1,
	}}}
	versions, err := engine.NewRules(id)
	if err != nil {
		t.Fatal(err)
	}
	if h.config.Network, err = engine.Found(id, 0, founders, governance.DefaultParameters(), versions); err != nil {
		t.Fatal(err)
	}
	h.config.Self = engine.Self{
		Signer: signer(1), Account: account, Cosigner: signer(3), BatchKey: func(root [32]byte) [32]byte { return root },
	}
	h.config.Policy = engine.DefaultPolicy
	h.start()
	return h
}

// start makes the engine from what is on the disk.
func (h *hermit) start() {
	h.t.Helper()
	h.config.Self.Random = rand.New(rand.NewPCG(1, h.now))
	var err error
	if h.engine, err = engine.New(h.config, h.disk, h.now); err != nil {
		h.t.Fatal(err)
	}
}

// step lets the engine take an input, and wakes it until a time after, in ms.
func (h *hermit) step(in engine.Input, until uint64) {
	h.t.Helper()
	for ; h.now <= until; in = (engine.Wake{}) {
		var out engine.Effects
		if err := h.engine.Step(h.now, in, &out); err != nil {
			h.t.Fatal(err)
		}
		if err := h.disk.Commit(); err != nil {
			h.t.Fatal(err)
		}
		h.notices = append(h.notices, out.Notices...)
		for _, r := range out.Replies {
			if r.Refusal != nil {
				h.t.Fatalf("%T is refused: %v", in, r.Refusal)
			}
		}
		h.now += 10
	}
}

// read gives the engine a reading of the seventh device.
func (h *hermit) read(seq uint64) {
	h.t.Helper()
	raw, err := reading.Sign(signer(7), reading.Message{Time: h.now, Seq: seq, Sensor: "s", Value: 1, Unit: "Cel"})
	if err != nil {
		h.t.Fatal(err)
	}
	r, err := reading.Parse(raw)
	if err != nil {
		h.t.Fatal(err)
	}
	v, err := reading.Verify(r)
	if err != nil {
		h.t.Fatal(err)
	}
	h.step(engine.Reading{Ticket: 1, Reading: v}, h.now)
}

// feed hands the checkers what the engine told, as a driver does.
func (h *hermit) feed(s *Suite) {
	for _, notice := range h.notices {
		switch n := notice.(type) {
		case engine.Committed:
			s.Order.Committed(0, n.Time, n.Number, n.Leader, n.Time)
		case engine.Final:
			s.Spends.Receipt(0, n.Latency, n.Event, n.Receipt.Status)
		case engine.Attached:
			if n.Own {
				s.Liveness.Issued(0, (n.Event.Time()-birth)*1000, n.Event)
			}
		}
	}
	h.notices = nil
}

// The checkers find nothing at a real engine that does what it should, and the loss of what it should have.
func TestSuiteOfARealEngine(t *testing.T) {
	h := newHermit(t)
	deadlines := Deadlines{Healed: 5_000_000, Final: 30_000_000, Silent: 40_000_000}
	s := NewSuite(Promise{Supply: 100, Deadlines: deadlines})
	h.step(engine.AddDevice{Ticket: 1, Name: "d", Key: signer(7).Key()}, birth+1000)
	h.step(engine.Transfer{Ticket: 1, To: dag.AccountOf(signer(2).Key()), Amount: 7}, birth+2000)
	for seq := range uint64(3) {
		h.read(seq + 1)
		s.Readings.Acknowledged(0, (h.now-birth)*1000, signer(7).Key(), seq+1)
	}
	h.start() // with the readings in the open batch
	s.Readings.Check(0, 1, h.engine)
	h.step(engine.Wake{}, birth+60_000)
	h.feed(s)
	if len(s.Liveness.payloads) != 3 { // of a device, a transfer, and a batch
		t.Fatalf("%d payloads were issued", len(s.Liveness.payloads))
	}
	s.Supply.State(2, h.engine.State())
	s.Readings.Check(0, 3, h.engine)
	s.Readings.CheckAnchored(0, 3, h.engine)
	s.Liveness.CheckFinal(deadlines.Final, []Standing{StandingOf(0, h.engine)})
	s.Liveness.CheckStill(deadlines.Silent, []Standing{StandingOf(0, h.engine)})
	wantFindings(t, s.Findings())

	h.disk = memstore.New()
	h.start()
	s.Readings.Check(0, 4, h.engine)
	s.Liveness.CheckFinal(deadlines.Final, []Standing{StandingOf(0, h.engine)})
	wantFindings(t, s.Findings(), RuleReadings, RuleFinal)
}
