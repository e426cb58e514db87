package node

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/engine"
)

// Bad readings are refused with their code and a reason, and nothing that is good suffers by them.
func TestBadReadings(t *testing.T) {
	p := newParty(t, 1)
	g, d, other := p.guests[0], newDevice(1), newDevice(2)
	g.start()
	d.register(g)
	d.send(g, 1, 3)
	drift := p.genesis.Parameters().ClockDrift
	forged := strings.Replace(string(d.sign(t, 4)), `"value":0.5`, `"value":0.75`, 1)
	for _, test := range []struct {
		name   string
		raw    []byte
		code   string
		reason string
	}{
		{"wrong signature", []byte(forged), "signature", "does not match"},
		{"sent again", d.sign(t, 3), "replayed", "sequence number 3 was used; the next is 4"},
		{"ahead of time", d.signAt(t, 4, now()+drift+60_000), "drift", "ahead of this gateway's clock"},
		{"behind time", d.signAt(t, 4, now()-drift-60_000), "drift", "ms old"},
		{"unknown device", other.sign(t, 1), "unknown-device", "lot device add"},
		{"no reading", []byte(`{"msg":1}`), "malformed", ""},
		{"too large", []byte(`{"msg":"` + strings.Repeat("x", reading.MaxSize) + `"}`), "oversize", "at most"},
	} {
		answer, err := g.client.SendReadings(t.Context(), test.raw)
		if err != nil || len(answer.Results) != 1 || answer.Results[0].Code != test.code || !strings.Contains(answer.Results[0].Reason, test.reason) {
			t.Errorf("%s: %+v, %v", test.name, answer, err)
		}
	}
	g.logged("level=WARN", "a reading is refused", "does not match the device's key", "hint=")
	d.send(g, 4, 5)
	g.final(5)
	metrics, err := g.client.Metrics(t.Context())
	must(t, err)
	for _, code := range []string{"signature", "replayed", "drift", "unknown-device", "malformed", "oversize"} {
		if !strings.Contains(string(metrics), `"`+code+`"`) {
			t.Errorf("no metric counts %s", code)
		}
	}
}

// Every code of the engine has its kind and advice.
func TestEveryRefusalSaysWhatToDo(t *testing.T) {
	for _, code := range []engine.Code{
		engine.CodeUnknownDevice, engine.CodeBoundElse, engine.CodeReplayed, engine.CodeDrift, engine.CodeConflict,
		engine.CodeInvalid, engine.CodeInsufficient, engine.CodeDiskFull, engine.CodeStopping, engine.CodeBusy, "new",
	} {
		var f *api.Fault
		if !errors.As(refusalFault(&engine.Refusal{Code: code, Detail: "why"}), &f) || f.Kind == "" || f.Hint == "" || f.Why != "why" {
			t.Errorf("%s: %+v", code, f)
		}
	}
	for _, err := range []error{errStopped, fmt.Errorf("x: %w", engine.ErrNotFound), fmt.Errorf("x: %w", engine.ErrNotYet)} {
		var f *api.Fault
		if !errors.As(fault(err), &f) || f.Hint == "" {
			t.Errorf("%v: %+v", err, f)
		}
	}
}

// Requests that the node refuses come back over the API with a kind, a reason and a hint.
func TestRefusedRequests(t *testing.T) {
	p := newParty(t, 1, 0)
	g, ctx := p.guests[0], t.Context()
	self, payee := g.member(1).Account, p.guests[1].member(0).Account
	d, other := newDevice(1), newDevice(2)
	p.startAll()
	d.register(g)
	transfer := func(to dag.Account, amount uint64, key string) error {
		_, err := g.client.Transfer(ctx, api.TransferRequest{To: to, Amount: amount, IdempotencyKey: key}, 0)
		return err
	}
	must(t, transfer(payee, 10, "rent"))
	must(t, transfer(payee, 10, "rent")) // the same again
	device := func(name string, key dag.Key) error {
		_, err := g.client.AddDevice(ctx, api.NewDevice{Name: name, Key: key, FromSeq: 1})
		return err
	}
	for _, test := range []struct {
		err    error
		kind   api.FaultKind
		detail string
	}{
		{transfer(payee, 1_000_000, "much"), api.Refused, "are free"},
		{transfer(self, 1, "self"), api.Invalid, "own"},
		{transfer(payee, 11, "rent"), api.Conflict, "stands for the transfer of 10"},
		{device(d.name, other.key()), api.Conflict, "another device"},
		{device("other", d.key()), api.Conflict, "registered as"},
		{g.client.RemoveDevice(ctx, "nobody"), api.NotFound, "nobody"},
		{second(g.client.Event(ctx, dag.ID{1}, false)), api.NotFound, "not found"},
		{second(g.client.ReadingProof(ctx, other.key(), 1)), api.NotFound, "not found"},
		{second(g.client.Readings(ctx, "nobody", 1)), api.NotFound, "nobody"},
	} {
		if got := problem(t, test.err); got.Code != string(test.kind) || !strings.Contains(got.Detail, test.detail) || got.Hint == "" {
			t.Errorf("%+v, want %s with %q", got, test.kind, test.detail)
		}
	}
	eventually(t, func() error { // the repeated transfer was paid once
		account, err := g.client.Balance(ctx)
		if err == nil && account.Balance != 990 {
			err = fmt.Errorf("%+v", account)
		}
		return err
	})
}

func second[T any](_ T, err error) error { return err }

// Waiting for a receipt ends with the receipt, with the caller's patience, with the node, or at once if there is nothing to wait for.
func TestAwaitReceipt(t *testing.T) {
	t.Parallel()
	p := newParty(t, 2, 2)
	p.startAll()
	g, to := p.guests[0], p.guests[1].member(1).Account
	b := &backend{g.node}
	ctx := t.Context()
	id, err := b.Transfer(ctx, api.TransferRequest{To: to, Amount: 1, IdempotencyKey: "first"})
	must(t, err)
	receipt, err := b.AwaitReceipt(ctx, id)
	if err != nil || receipt.Status != api.StateOrdered || receipt.Position == 0 {
		t.Fatalf("%+v, %v", receipt, err)
	}
	if again, err := b.AwaitReceipt(ctx, id); err != nil || again != receipt {
		t.Fatalf("a second time: %+v, %v", again, err)
	}
	if _, err := b.AwaitReceipt(ctx, dag.ID{1}); err == nil {
		t.Fatal("a receipt of an event that is not here")
	}
	page, err := b.Events(ctx, api.EventQuery{Limit: 100})
	must(t, err)
	for _, e := range page.Events {
		if e.Kind == "" {
			if _, err := b.AwaitReceipt(ctx, e.ID); err == nil {
				t.Fatal("a witness event has a receipt")
			}
			break
		}
	}
	p.guests[1].stop() // without it nothing becomes final
	eventually(t, func() error {
		id, err = b.Transfer(ctx, api.TransferRequest{To: to, Amount: 1, IdempotencyKey: fmt.Sprint(now())})
		var f *api.Fault
		if errors.As(err, &f) && f.Hint != "" { // the peer is seen to be gone: it may issue no more
			id = dag.ID{}
			return nil
		}
		return err
	})
	if !id.IsZero() {
		short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		defer cancel()
		if _, err := b.AwaitReceipt(short, id); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- second(b.AwaitReceipt(ctx, id)) }()
		eventually(t, func() error {
			g.node.news.mu.Lock()
			defer g.node.news.mu.Unlock()
			if len(g.node.news.waiting[id]) == 0 {
				return errors.New("nobody waits")
			}
			return nil
		})
		n := g.node
		g.stop()
		var f *api.Fault
		if err := <-ended; !errors.As(err, &f) || f.Kind != api.Unavailable || f.Hint == "" {
			t.Fatal(err)
		}
		if len(n.news.waiting) != 0 {
			t.Fatal("who waited is still kept")
		}
	}
}
