package engine_test

import (
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/node/engine"
)

// refusal hands a machine a request and returns the code of its refusal; empty if it was accepted.
func (m *machine) refusal(request func(engine.Ticket) engine.Input) engine.Code {
	m.w.t.Helper()
	const ticket = 1 << 40
	delete(m.replies, ticket)
	m.step(request(ticket))
	r, ok := m.replies[ticket]
	switch {
	case !ok:
		m.w.t.Fatal("a request is not answered")
	case r.Refusal != nil:
		return r.Refusal.Code
	}
	return ""
}

func (m *machine) add(name string, device int, from uint64) engine.Code {
	m.w.t.Helper()
	return m.refusal(func(t engine.Ticket) engine.Input {
		return engine.AddDevice{Ticket: t, Name: name, Key: deviceKey(device), From: from}
	})
}

func (m *machine) remove(name string) engine.Code {
	m.w.t.Helper()
	return m.refusal(func(t engine.Ticket) engine.Input { return engine.RemoveDevice{Ticket: t, Device: name} })
}

// The numbers of a device end where the ledger's do: what cannot be written there is refused, and a device that has come to
// the end can be removed.
func TestLastSequenceNumber(t *testing.T) {
	w := newWorld(t, 22, 1, 0)
	w.startAll()
	w.run(1000)
	m := w.nodes[0]
	for _, from := range []uint64{dag.MaxInteger, dag.MaxInteger + 1, 1<<64 - 1} {
		if code := m.add("clock", 1, from); code != engine.CodeInvalid {
			t.Errorf("a device from number %d: %q", from, code)
		}
	}
	if code := m.add("clock", 1, 0); code != "" {
		t.Fatal(code)
	}
	for _, step := range []struct {
		seq  uint64
		want engine.Code
	}{{dag.MaxInteger, engine.CodeInvalid}, {dag.MaxInteger - 1, ""}, {dag.MaxInteger, engine.CodeInvalid}, {1, engine.CodeReplayed}} {
		m.read(1, step.seq, 9)
		r := m.replies[9].Refusal
		if (r == nil) != (step.want == "") || r != nil && r.Code != step.want {
			t.Errorf("reading %d: %v, want %q", step.seq, r, step.want)
		}
	}
	w.run(3000)
	if code := m.remove("clock"); code != "" {
		t.Fatal(code)
	}
	w.run(3000)
	if b, bound := ledger.DeviceGateway(m.engine.State(), deviceKey(1)); bound || b.From != dag.MaxInteger {
		t.Errorf("after its removal the device is bound: %v, from %d", bound, b.From)
	}
	if code := m.add("clock", 1, 0); code != engine.CodeInvalid {
		t.Errorf("a device without numbers left: %q", code)
	}
	m.stop()
	m.start()
}

// A device that is removed before its binding is final is free for another gateway, whether the binding was issued or not.
func TestRemovedBeforeItIsBound(t *testing.T) {
	for name, issued := range map[string]bool{"waits to be issued": false, "is on its way": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 23, 4, 2)
			w.startAll()
			w.run(2000)
			m, next := w.nodes[4], w.nodes[5]
			w.blocked = func(a, b int) bool { return !issued && (a == 4 || b == 4) }
			w.reconnect()
			if code := m.add("shed", 1, 0); code != "" {
				t.Fatal(code)
			}
			if waits := m.engine.Overview().Outbox > 0; waits == issued {
				t.Fatalf("the binding waits in the outbox: %v", waits)
			}
			if code := m.remove("shed"); code != "" {
				t.Fatal(code)
			}
			w.blocked = nil
			w.reconnect()
			w.run(10_000)
			if _, bound := ledger.DeviceGateway(next.engine.State(), deviceKey(1)); bound {
				t.Fatal("the device is still bound")
			}
			if code := next.add("shed", 1, 0); code != "" {
				t.Fatal(code)
			}
			next.read(1, 1, 9)
			if r := next.replies[9].Refusal; r != nil {
				t.Fatal(r)
			}
			w.until(10_000, "reading final", func() bool { return next.engine.Totals().Final == 1 })
		})
	}
}
