package light

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/node/engine"
)

// Overview is a light gateway in numbers. What is proven holds as of Head; the rest is this gateway's own.
type Overview struct {
	Head      Head   // newest proven checkpoint; Size is 0 before the first
	Epoch     uint64 // newest proven epoch
	Committee uint64 // weight of its committee
	Connected int    // full gateways
	Active    int    // of these, the ones that are asked
	Liars     int    // gateways that showed what does not hold, since the start
	Split     bool   // a quorum has signed two different logs
	Outbox    int    // payloads that wait to be issued
	OpenBatch int    // readings in the open batch
	Pending   int    // own events that are not proven to be final
	Balance   uint64 // of the own account, in base units, proven as of BalanceAt
	Spending  uint64 // of these, on their way out
	BalanceAt uint64 // ms, when it was proven; 0 if it was not
	MayIssue  bool
	WhyNot    string
	Disk      engine.Disk // whether readings are refused for want of room
}

// Overview returns the gateway in numbers.
func (m *Machine) Overview() Overview {
	o := Overview{
		Head: m.trust.head, Epoch: m.trust.epoch(), Connected: len(m.peers.connected), Active: len(m.peers.active),
		Liars: len(m.peers.liars), Split: m.split, Outbox: m.queue.len(), OpenBatch: m.batch.Len(), Pending: len(m.order),
		Balance: m.self.account.Balance, Spending: m.spending.amount, BalanceAt: m.self.at, Disk: m.disk,
	}
	if m.trust.pin.IsZero() {
		o.Committee = m.trust.committee.Total()
	}
	o.MayIssue, o.WhyNot = m.MayIssue()
	return o
}

// OwnEvent is an event of this gateway and what became of it.
type OwnEvent struct {
	Event  *dag.Event
	Status ledger.Status // of its receipt, once it is proven to be final; else 0
	Index  uint64        // of its leaf in the log, if Status is set
	Void   bool          // its epoch ended without it
	Next   dag.ID        // the event under which its payload was issued again; zero if it was not yet
	Why    string        // what one that is not final waits for, as one peer says
}

// Own returns an event of this gateway. The error wraps engine.ErrNotFound for one that it did not issue, or issued before its data
// folder was lost.
func (m *Machine) Own(id dag.ID) (*OwnEvent, error) {
	if p := m.pending[id]; p != nil {
		return &OwnEvent{Event: p.event, Why: p.why}, nil
	}
	r, found, err := m.done(id)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("own event %s: %w here", id, engine.ErrNotFound)
	}
	own := &OwnEvent{Status: r.Status, Index: r.Index, Void: r.Void}
	copy(own.Next[:], r.Next)
	if own.Event, err = dag.Decode(r.Block); err != nil {
		return nil, fmt.Errorf("%w: own event %s: %w", engine.ErrStorage, id, err)
	}
	return own, nil
}
