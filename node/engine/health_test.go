package engine_test

import (
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/node/engine"
)

// Whenever a node is not in sync it says why and what to do.
func TestEveryCaseOfHealth(t *testing.T) {
	for _, test := range []struct {
		name, why, hint string
		bring           func(w *world)
	}{
		{"nobody is connected", "no peer is connected", "network.seeds", func(w *world) {
			w.blocked = func(int, int) bool { return true }
			w.startAll()
		}},
		{"too few have told", "told this node how far its own chain goes", "--override-restart", func(w *world) {
			w.loss = 1
			w.startAll()
		}},
		{"its key forked", "two events with one number", "lot init", func(w *world) {
			w.startAll()
			w.run(1000)
			self := dag.NewSigner(seedOf('e', 0))
			for amount := range uint64(2) {
				body, err := ledger.Transfer{To: w.nodes[1].self.Account, Amount: amount + 1, Sequence: 1}.Encode()
				if err != nil {
					t.Fatal(err)
				}
				v, err := dag.Fields{
					Network: w.network.ID, Key: self.Key(), Account: dag.AccountOf(self.Key()), Seq: 1, Time: w.now, Epoch: 1, Round: 1,
					Approves: []dag.ID{dag.FirstOrigin(w.network.ID).Root(0), dag.FirstOrigin(w.network.ID).Root(1)}, Kind: ledger.KindTransfer, Body: body,
				}.Sign(self)
				if err != nil {
					t.Fatal(err)
				}
				w.nodes[0].step(engine.Gossip{From: "1", Events: []dag.Verified{v}})
			}
		}},
		{"peers do not answer", "3 peers", "runs with this gateway's keys", func(w *world) {
			w.startAll()
			w.loss = 1
			w.nodes[0].stop()
			w.nodes[0].start()
			w.run(30_000)
		}},
		{"too few of the committee are there", "too few committee members", "m2, m3 (weight 2 of 4)", func(w *world) {
			w.startAll()
			w.run(1000)
			w.nodes[2].stop()
			w.nodes[3].stop()
			w.nodes[0].step(engine.Transfer{Ticket: 1, To: w.nodes[1].self.Account, Amount: 1})
			w.run(3000)
		}},
		{"the committee is there and says nothing", "to become final", "lot event show", func(w *world) {
			w.startAll()
			w.run(1000)
			w.loss = 1
			w.nodes[0].step(engine.Transfer{Ticket: 1, To: w.nodes[1].self.Account, Amount: 1})
			w.run(20_000)
		}},
	} {
		w := newWorld(t, 1, 4, 0)
		test.bring(w)
		w.run(4000)
		m := w.nodes[0]
		if h := m.engine.Health(w.now); h.InSync || !strings.Contains(h.Why, test.why) || !strings.Contains(h.Hint, test.hint) {
			t.Errorf("%s: %+v", test.name, h)
		}
		told := false
		for _, n := range m.notices {
			if s, ok := n.(engine.SyncChanged); ok {
				told = told || !s.InSync && s.Why != "" && s.Hint != ""
			}
		}
		if !told {
			t.Errorf("%s: nobody was told", test.name)
		}
	}
}

// One idempotency key stands for one payment.
func TestIdempotencyKeyOfAnotherPayment(t *testing.T) {
	w := newWorld(t, 1, 1, 1)
	w.startAll()
	w.run(1000)
	m, to := w.nodes[0], w.nodes[1].self.Account
	for n, test := range []struct {
		amount uint64
		memo   string
		code   engine.Code
	}{{5, "rent", ""}, {5, "rent", ""}, {6, "rent", engine.CodeConflict}, {5, "more", engine.CodeConflict}} {
		ticket := engine.Ticket(n + 1)
		m.step(engine.Transfer{Ticket: ticket, To: to, Amount: test.amount, Memo: test.memo, IdempotencyKey: "k"})
		r := m.replies[ticket]
		if got := r.Refusal; (got == nil) != (test.code == "") || got != nil && got.Code != test.code || r.Event != m.replies[1].Event {
			t.Errorf("%d: %+v", n, r)
		}
	}
}
