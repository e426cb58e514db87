package light

import (
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/node/engine"
)

// queueStart is the number of the first payload that ever waited. Those that have to be issued again come before others, so numbers
// also go down.
const queueStart = 1 << 40

// queued is a payload that waits until it can be issued.
type queued struct {
	Kind  string `cbor:"kind"`
	Body  []byte `cbor:"body"`
	Again []byte `cbor:"again,omitempty"` // the event that was not ordered in its epoch and whose payload it is
	Asked string `cbor:"asked,omitempty"` // idempotency key under which it was asked for
	Batch uint64 `cbor:"batch,omitempty"` // that an anchor is for; 0 for other kinds
}

// queue numbers the payloads that wait.
type queue struct {
	first, next uint64
	tickets     map[uint64]engine.Ticket // whom to tell when one is issued
}

func (q *queue) len() int { return int(q.next - q.first) }

func (m *Machine) loadQueue() error {
	m.queue = queue{first: queueStart, next: queueStart, tickets: map[uint64]engine.Ticket{}}
	first := true
	return scanRecords(m.storage, prefixQueue, func(key []byte, q *queued) error {
		if first {
			m.queue.first, first = keyNumber(key), false
		}
		m.queue.next = keyNumber(key) + 1
		return m.spend(q.Kind, q.Body)
	})
}

// enqueue puts a payload behind all others; the ticket is answered when it is issued.
func (m *Machine) enqueue(q queued, t engine.Ticket) error {
	if t != 0 {
		m.queue.tickets[m.queue.next] = t
	}
	m.queue.next++
	return putRecord(m.storage, numberKey(prefixQueue, m.queue.next-1), &q)
}

// enqueueFirst puts a payload before all others.
func (m *Machine) enqueueFirst(q queued) error {
	m.queue.first--
	return putRecord(m.storage, numberKey(prefixQueue, m.queue.first), &q)
}

// dequeue takes the first payload.
func (m *Machine) dequeue() (q queued, t engine.Ticket, err error) {
	key := numberKey(prefixQueue, m.queue.first)
	found, err := getRecord(m.storage, key, &q)
	if err == nil && !found {
		err = fmt.Errorf("%w: a waiting payload is missing", engine.ErrStorage)
	}
	if err != nil {
		return q, 0, err
	}
	m.storage.Delete(key)
	t = m.queue.tickets[m.queue.first]
	delete(m.queue.tickets, m.queue.first)
	m.queue.first++
	return q, t, nil
}

// governKinds are the kinds that a light gateway can issue about the network itself. It has no seat, so it proposes and approves nothing.
var governKinds = []string{governance.KindAdmit, governance.KindRemove}

// govern puts an event about the network itself on its way.
func (m *Machine) govern(in engine.Govern, out *Effects) error {
	if !slices.Contains(governKinds, in.Kind) {
		out.reply(in.Ticket, &engine.Refusal{Code: engine.CodeInvalid, Detail: "a light gateway issues no events of kind " + in.Kind}, dag.ID{})
		return nil
	}
	if ok, why := m.MayIssue(); !ok {
		out.reply(in.Ticket, refusalOf(why), dag.ID{})
		return nil
	}
	m.own.askAt = 0
	return m.enqueue(queued{Kind: in.Kind, Body: in.Body}, in.Ticket)
}

// issueRequest puts a payload other than a transfer on its way.
func (m *Machine) issueRequest(in Issue, out *Effects) error {
	switch {
	case in.Kind == "" || in.Kind == ledger.KindTransfer || len(in.Body) > dag.MaxEventSize-1<<10:
		out.reply(in.Ticket, &engine.Refusal{Code: engine.CodeInvalid, Detail: fmt.Sprintf("a payload of kind %q with %d bytes cannot be issued this way", in.Kind, len(in.Body))}, dag.ID{})
		return nil
	case m.queue.len() >= m.config.Policy.OutboxLimit:
		out.reply(in.Ticket, m.crowded(), dag.ID{})
		return nil
	}
	out.reply(in.Ticket, nil, dag.ID{})
	return m.enqueue(queued{Kind: in.Kind, Body: in.Body}, 0)
}

func (m *Machine) crowded() *engine.Refusal {
	_, why := m.MayIssue()
	return &engine.Refusal{Code: engine.CodeBusy, Detail: fmt.Sprintf("%d payloads wait to be issued: %s", m.queue.len(), why)}
}
