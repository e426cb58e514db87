package light

import (
	"bytes"
	"slices"

	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/query"
)

const (
	// maxRounds is how often a read is run anew because it asked for further entries.
	maxRounds = 16
	// maxEntries bounds the entries of one read.
	maxEntries = 4096
	// maxReads bounds the reads under way.
	maxReads = 256
	// attempts is how many peers are asked for the same entries before a read is given up.
	attempts = 6
)

// view is a ledger.View of entries that were proven in the state of one checkpoint. What is asked for and not there yet is noted.
type view struct {
	head    Head
	entries map[string]*[]byte // nil: there is no such entry
	missing [][]byte
}

// Get implements ledger.View.
func (v *view) Get(key []byte) ([]byte, bool) {
	value, known := v.entries[string(key)]
	switch {
	case !known:
		if len(v.missing) < maxEntries && !slices.ContainsFunc(v.missing, func(k []byte) bool { return bytes.Equal(k, key) }) {
			v.missing = append(v.missing, slices.Clone(key))
		}
		return nil, false
	case value == nil:
		return nil, false
	}
	return *value, true
}

// stateRead is a read of the state under way: f runs until all that it asks for is there.
type stateRead struct {
	view     view
	f        func(ledger.View)
	rounds   int
	failures int
	done     func(now uint64, head Head, refusal *engine.Refusal, out *Effects) error
}

// read runs f on proven entries of the state of the newest checkpoint, and then done.
func (m *Machine) read(
	now uint64, f func(ledger.View), out *Effects, done func(now uint64, head Head, refusal *engine.Refusal, out *Effects) error,
) error {
	r := &stateRead{f: f, done: done}
	r.start(m.trust.head)
	return m.goOnReading(now, r, out)
}

// start begins anew with the state of a checkpoint.
func (r *stateRead) start(h Head) { r.view, r.rounds = view{head: h, entries: map[string]*[]byte{}}, 0 }

// goOnReading runs f, and asks for what it lacks.
func (m *Machine) goOnReading(now uint64, r *stateRead, out *Effects) error {
	if r.view.head.Size == 0 {
		return r.done(now, r.view.head, &engine.Refusal{Code: engine.CodeBusy, Detail: "no checkpoint of the network has been proven yet; " +
			"`lot peers` shows whether a full gateway is connected"}, out)
	}
	if len(r.view.missing) == 0 {
		r.f(&r.view)
	}
	r.rounds++
	switch {
	case len(r.view.missing) == 0:
		return r.done(now, r.view.head, nil, out)
	case r.rounds > maxRounds+maxEntries/query.MaxItems || len(r.view.entries) > maxEntries:
		return r.done(now, r.view.head, &engine.Refusal{Code: engine.CodeBusy, Detail: "more of the ledger is asked for than a light gateway reads at once"}, out)
	}
	p := m.pick(now, anybody)
	if p == nil || r.failures >= attempts {
		return r.done(now, r.view.head, &engine.Refusal{Code: engine.CodeBusy, Detail: "no connected gateway proves what the ledger says; try again"}, out)
	}
	keys := slices.Clone(r.view.missing[:min(len(r.view.missing), query.MaxItems)])
	request := query.Request{State: &query.StateRequest{Size: r.view.head.Size, Keys: keys}}
	m.ask(p, request, out, func(now uint64, from *peer, a *query.Answer, _ string, out *Effects) error {
		return m.readAnswered(now, r, keys, from, a, out)
	})
	return nil
}

// readAnswered takes the entries that an answer proves.
func (m *Machine) readAnswered(now uint64, r *stateRead, keys [][]byte, from *peer, a *query.Answer, out *Effects) error {
	if a == nil || a.State == nil || len(a.State.Entries) > len(keys) {
		if r.failures++; r.failures > 1 && r.view.head.Size != m.trust.head.Size { // the state may be too old for anybody to keep
			r.start(m.trust.head)
		}
		if a != nil {
			if err := m.accuse(now, from, errNothing, nil, out); err != nil {
				return err
			}
		}
		return m.goOnReading(now, r, out)
	}
	for i := range a.State.Entries {
		e := &a.State.Entries[i]
		if err := e.Verify(r.view.head.State, keys[i]); err != nil {
			r.failures++
			if err := m.accuse(now, from, err, e.Way, out); err != nil {
				return err
			}
			break
		}
		r.view.put(keys[i], e)
	}
	return m.goOnReading(now, r, out)
}

// put notes a proven entry.
func (v *view) put(key []byte, e *query.Entry) {
	var value *[]byte
	if e.Present {
		value = &e.Value
	}
	v.entries[string(key)] = value
	v.missing = slices.DeleteFunc(v.missing, func(k []byte) bool { return bytes.Equal(k, key) })
}

// readRequest answers a Read.
func (m *Machine) readRequest(now uint64, in Read, out *Effects) error {
	if m.reads >= maxReads {
		out.Reads = append(out.Reads, ReadReply{Ticket: in.Ticket, Refusal: &engine.Refusal{Code: engine.CodeBusy, Detail: "too many requests are under way; try again"}})
		return nil
	}
	m.reads++
	return m.read(now, in.F, out, func(_ uint64, head Head, refusal *engine.Refusal, out *Effects) error {
		m.reads--
		out.Reads = append(out.Reads, ReadReply{Ticket: in.Ticket, Head: head, Refusal: refusal})
		return nil
	})
}
