package engine_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/node/engine"
)

// application returns the signed wish of machine n to be admitted by a sponsor.
func (w *world) application(n int, sponsor *machine) governance.SignedApplication {
	w.t.Helper()
	m := memberOf(n)
	a := governance.Application{Name: m.Name, Host: m.Host, Event: m.Event, Cosign: m.Cosign, Sponsor: sponsor.self.Signer.Key()}
	signed, err := a.Sign(w.network.ID, [32]byte{byte(n), byte(n >> 8), 1}, dag.NewSigner(seedOf('h', n)), dag.NewSigner(seedOf('e', n)), dag.NewSigner(seedOf('c', n)))
	if err != nil {
		w.t.Fatal(err)
	}
	return signed
}

// admit lets a sponsor admit machine n.
func (w *world) admit(n int, sponsor *machine) *engine.Refusal {
	w.t.Helper()
	body, err := (&governance.Admit{SignedApplication: w.application(n, sponsor)}).Encode()
	if err != nil {
		w.t.Fatal(err)
	}
	return w.govern(sponsor, governance.KindAdmit, body)
}

// govern lets a machine issue an event about the network.
func (w *world) govern(m *machine, kind string, body []byte) *engine.Refusal {
	w.count++
	ticket := engine.Ticket(1<<40 + w.count)
	m.step(engine.Govern{Ticket: ticket, Kind: kind, Body: body})
	return m.replies[ticket].Refusal
}

// decide proposes actions and lets all seat holders approve, and whoever else must consent.
func (w *world) decide(proposer *machine, consenting []*machine, actions ...governance.Action) {
	w.t.Helper()
	body, err := (&governance.Propose{Actions: actions}).Encode()
	if err != nil {
		w.t.Fatal(err)
	}
	before := map[dag.ID]bool{}
	for _, p := range governance.Proposals(proposer.engine.State()) {
		before[p.ID] = true
	}
	if r := w.govern(proposer, governance.KindPropose, body); r != nil {
		w.t.Fatal(r)
	}
	var id dag.ID
	w.until(10_000, "the proposal is on the ledger everywhere", func() bool {
		for _, m := range w.nodes {
			if !m.up {
				continue
			}
			found := false
			for _, p := range governance.Proposals(m.engine.State()) {
				if !before[p.ID] {
					id, found = p.ID, true
				}
			}
			if !found {
				return false
			}
		}
		return true
	})
	approve, err := (&governance.Approve{Proposal: id}).Encode()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range append(consenting, w.nodes...) {
		_, seated := m.seat()
		if m.up && m != proposer && (seated || len(consenting) > 0 && m == consenting[0]) {
			_ = w.govern(m, governance.KindApprove, approve) // one more than needed is refused
		}
		w.run(400)
	}
}

// seat returns the number of the machine's seat in its epoch.
func (m *machine) seat() (int, bool) {
	if !m.up {
		return 0, false
	}
	return m.engine.Network().Committee.Number(m.self.Signer.Key())
}

// inEpoch lets time pass until all machines are in an epoch or a later one.
func (w *world) inEpoch(epoch uint64) {
	w.t.Helper()
	w.until(30_000, fmt.Sprint("all are in epoch ", epoch), func() bool {
		for _, m := range w.nodes {
			if m.up && m.engine.Network().Epoch < epoch {
				return false
			}
		}
		return true
	})
}

// A newcomer issues events as soon as its admission is in the graph, and goes on in later epochs; nobody else's key ever does.
func TestNewcomerTakesPart(t *testing.T) {
	w := newWorldWith(t, 1, 4, 1, shortEpochs(60))
	commits{}.watch(w)
	w.startAll()
	sponsor, payee := w.nodes[4], dag.Account{9}
	w.until(10_000, "the sponsor may issue", func() bool { return sponsor.engine.Overview().MayIssue })
	w.addMachine(5, false)
	newcomer := w.nodes[5]
	newcomer.start()
	w.run(5_000)
	if newcomer.engine.Overview().MayIssue {
		t.Fatal("a stranger may issue events")
	}
	if r := w.admit(5, sponsor); r != nil {
		t.Fatal(r)
	}
	w.until(10_000, "the newcomer may issue", func() bool { return newcomer.engine.Overview().MayIssue })
	sponsor.step(engine.Transfer{To: newcomer.self.Account, Amount: 100})
	w.until(10_000, "it has got money", func() bool {
		a, _ := newcomer.engine.State().Account(newcomer.self.Account)
		return a.Balance == 100
	})
	paid := w.payEvery(newcomer, payee, 100, 8_000)
	w.sameState(20_000)
	account, _ := sponsor.engine.State().Account(payee)
	if account.Balance != paid || paid < 60 || newcomer.engine.Network().Epoch < 3 {
		t.Fatalf("%d was paid, %d arrived, epoch %d", paid, account.Balance, newcomer.engine.Network().Epoch)
	}
	if r := w.admit(5, sponsor); r == nil || r.Code != engine.CodeConflict {
		t.Fatal("admitted twice:", r)
	}
}

// A guest gets a seat with its consent, votes, and the network goes on without those who had to leave.
func TestCommitteeChanges(t *testing.T) {
	for seed := range uint64(3) {
		w := newWorldWith(t, seed, 4, 2, shortEpochs(1_000))
		commits{}.watch(w)
		w.startAll()
		guest, payer, payee := w.nodes[4], w.nodes[5], dag.Account{9}
		guest.self.Cosigner = dag.NewSigner(seedOf('c', 4))
		guest.stop()
		guest.start()
		w.until(10_000, "all may issue", func() bool {
			for _, m := range w.nodes {
				if !m.engine.Overview().MayIssue {
					return false
				}
			}
			return true
		})
		w.decide(w.nodes[0], []*machine{guest}, governance.Action{Verb: governance.VerbSeat, Member: guest.self.Signer.Key(), Weight: 1})
		w.inEpoch(2)
		if _, ok := guest.seat(); !ok {
			t.Fatal("the guest has no seat")
		}
		paid := w.payEvery(payer, payee, 100, 2_000)
		w.decide(w.nodes[1], nil,
			governance.Action{Verb: governance.VerbSeat, Member: w.nodes[0].self.Signer.Key()},
			governance.Action{Verb: governance.VerbParameter, Name: "max_event_rate", Value: 50})
		w.inEpoch(3)
		if _, ok := w.nodes[0].seat(); ok || payer.engine.Network().MaxRate != 50 {
			t.Fatal("the change did not take effect")
		}
		w.nodes[0].stop() // nobody needs it any more
		w.decide(w.nodes[1], nil, governance.Action{Verb: governance.VerbRemove, Member: w.nodes[0].self.Signer.Key()})
		w.inEpoch(4)
		paid += w.payEvery(payer, payee, 100, 2_000)
		w.sameState(20_000)
		account, _ := payer.engine.State().Account(payee)
		if account.Balance != paid {
			t.Fatalf("seed %d: %d was paid, %d arrived", seed, paid, account.Balance)
		}
		w.until(20_000, "the last change is certified", func() bool { _, err := payer.engine.Snapshot(); return err == nil })
		snap, err := payer.engine.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		if _, committee, err := snap.Chain.Verify(w.network.ID, w.network.Cosigners); err != nil || len(committee.Members) != 4 {
			t.Fatal(committee, err)
		}
		w.nodes[0].start() // it comes back and finds itself removed
		w.run(10_000)
		if o := w.nodes[0].engine.Overview(); o.MayIssue {
			t.Fatalf("a removed member may issue: %+v", o)
		}
	}
}

// A committee votes for the next version of the protocol: who knows it goes on with it, who does not stops and says so, and goes on
// with a newer program from where it was.
func TestProtocolUpgrade(t *testing.T) {
	w := newWorldWith(t, 1, 4, 2, shortEpochs(1_000))
	next, err := ledger.NewRules(ledger.Anchors{}, ledger.Devices{}, governance.Module{Network: w.network.ID}, greeting{})
	if err != nil {
		t.Fatal(err)
	}
	old := w.network
	w.network.Versions = map[uint64]*ledger.Rules{1: old.Versions[1], 2: next}
	commits{}.watch(w)
	w.startAll()
	w.nodes[5].stop()
	w.network, old = old, w.network // the last machine runs the old program
	w.nodes[5].start()
	w.network = old
	w.until(10_000, "all may issue", func() bool { return w.nodes[0].engine.Overview().MayIssue && w.nodes[5].engine.Overview().MayIssue })
	late := w.nodes[5]
	tooOld := false
	late.stopped = func(err error) { tooOld = errors.Is(err, engine.ErrTooOld) }
	w.decide(w.nodes[0], nil, governance.Action{Verb: governance.VerbVersion, Value: 2})
	w.inEpoch(2)
	if !tooOld || late.up {
		t.Fatal("a node that is too old went on")
	}
	if v := w.nodes[4].engine.Network().Version; v != 2 {
		t.Fatal("version", v)
	}
	late.start() // with the new program
	paid := w.payEvery(w.nodes[4], dag.Account{9}, 100, 3_000)
	w.sameState(20_000)
	account, _ := late.engine.State().Account(dag.Account{9})
	if account.Balance != paid || late.engine.Network().Version != 2 {
		t.Fatalf("%d was paid, %d arrived", paid, account.Balance)
	}
}

// greeting is a module that came with version 2.
type greeting struct{ ledger.NoDeadlines }

func (greeting) Name() string                                 { return "greeting" }
func (greeting) Kinds() []string                              { return []string{"greet"} }
func (greeting) Apply(*ledger.Tx, *dag.Event) *ledger.Refusal { return nil }

// Anchors that fall into a pause are issued again when it is over, and count as final only then.
func TestAnchorsOutlastAPause(t *testing.T) {
	w := newWorldWith(t, 1, 4, 1, shortEpochs(1_000))
	w.startAll()
	m := w.nodes[4]
	w.until(10_000, "all may issue", func() bool { return m.engine.Overview().MayIssue && w.nodes[0].engine.Overview().MayIssue })
	m.step(engine.AddDevice{Name: "d", Key: deviceKey(0)})
	w.run(2_000)
	w.decide(w.nodes[0], nil, governance.Action{Verb: governance.VerbPause, Name: ledger.Anchors{}.Name()})
	w.inEpoch(2)
	m.read(0, 1, 5)
	w.run(10_000)
	if f := m.engine.Totals(); f.Stored != 1 || f.Final != 0 {
		t.Fatalf("%+v", f)
	}
	m.stop()
	m.start()
	w.decide(w.nodes[0], nil, governance.Action{Verb: governance.VerbRelease, Name: ledger.Anchors{}.Name()})
	w.inEpoch(3)
	w.until(20_000, "the reading is final", func() bool { return m.engine.Totals().Final == 1 })
	w.until(10_000, "the reading is provable", func() bool { _, err := m.engine.ProveReading(deviceKey(0), 1); return err == nil })
	unknown, err := (&governance.Propose{Actions: []governance.Action{{Verb: governance.VerbVersion, Value: 2}}}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	if r := w.govern(w.nodes[0], governance.KindPropose, unknown); r == nil || r.Code != engine.CodeInvalid {
		t.Fatal("a version that nobody knows may be proposed:", r)
	}
}
