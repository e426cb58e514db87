package light

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/query"
)

// pending is an own event that is not final.
type pending struct {
	event  *dag.Event
	asked  string              // idempotency key
	batch  uint64              // that it anchors; 0 for other kinds
	taken  map[string]struct{} // peers that say that they have it
	sentAt uint64              // ms when it was handed to a peer last; 0 for never
	void   map[string]struct{} // peers that say that its epoch ended without it
	why    string              // what it waits for, as a peer says
}

// ownRecord is what storage keeps of an own event: of one that is not final, or of what became of it.
type ownRecord struct {
	Block  []byte        `cbor:"block"`
	Asked  string        `cbor:"asked,omitempty"`
	Batch  uint64        `cbor:"batch,omitempty"`
	Status ledger.Status `cbor:"status,omitempty"` // of its receipt, once that is proven
	Index  uint64        `cbor:"index,omitempty"`  // of its leaf in the log
	Void   bool          `cbor:"void,omitempty"`   // its epoch ended without it
	Next   []byte        `cbor:"next,omitempty"`   // the event under which its payload was issued again
}

func (m *Machine) loadPending() error {
	err := scanRecords(m.storage, prefixOwn, func(_ []byte, r *ownRecord) error {
		v, err := dag.Restore(r.Block)
		if err != nil {
			return err
		}
		m.addPending(v.Event, r.Asked, r.Batch)
		return m.spend(v.Kind(), v.Body())
	})
	slices.SortFunc(m.order, func(a, b dag.ID) int {
		x, y := m.pending[a].event, m.pending[b].event
		if x.Epoch() != y.Epoch() {
			return int(x.Epoch()) - int(y.Epoch())
		}
		return int(x.Seq()) - int(y.Seq())
	})
	return err
}

func (m *Machine) addPending(e *dag.Event, asked string, batch uint64) {
	m.pending[e.ID()] = &pending{event: e, asked: asked, batch: batch, taken: map[string]struct{}{}, void: map[string]struct{}{}}
	m.order = append(m.order, e.ID())
}

// keepPending persists a new own event, and what it replaces.
func (m *Machine) keepPending(now uint64, e *dag.Event, q *queued, out *Effects) error {
	id := e.ID()
	m.addPending(e, q.Asked, q.Batch)
	m.settling = now + m.config.Policy.Busy
	if err := putRecord(m.storage, idKey(prefixOwn, id), &ownRecord{Block: e.Block(), Asked: q.Asked, Batch: q.Batch}); err != nil {
		return err
	}
	if err := m.anchorIssued(q, id, out); err != nil {
		return err
	}
	if q.Asked != "" {
		m.storage.Put(askedKey(q.Asked), id[:])
	}
	if len(q.Again) != len(id) {
		return nil
	}
	key := idKey(prefixDone, dag.ID(q.Again))
	var old ownRecord
	if found, err := getRecord(m.storage, key, &old); err != nil || !found {
		return err
	}
	old.Next = id[:]
	return putRecord(m.storage, key, &old)
}

// settleDue asks what became of own events: one peer when there is a newer checkpoint and now and then, and each of the active ones
// about those of an epoch that is over, since nothing is issued before that is known.
func (m *Machine) settleDue(now uint64, out *Effects) {
	if len(m.order) == 0 || m.trust.head.Size == 0 || m.split {
		return
	}
	if now < m.settling {
		out.wake(m.settling)
		return
	}
	m.settling = now + 4*m.config.Policy.Busy
	if m.overdue() {
		m.settling = now + m.config.Policy.Busy
		for _, p := range m.peers.active {
			if now >= p.restTill {
				m.askEvents(p, out)
			}
		}
	} else if p := m.pick(now, anybody); p != nil {
		m.askEvents(p, out)
	}
	out.wake(m.settling)
}

// askEvents asks a peer about the oldest own events that are not final.
func (m *Machine) askEvents(p *peer, out *Effects) {
	head := m.trust.head
	ids := slices.Clone(m.order[:min(len(m.order), query.MaxItems)])
	request := query.Request{Events: &query.EventsRequest{Size: head.Size, IDs: ids}}
	m.ask(p, request, out, func(now uint64, from *peer, a *query.Answer, _ string, out *Effects) error {
		switch {
		case a == nil || from == nil:
			return nil
		case a.Events == nil || len(a.Events.Events) > len(ids):
			return m.accuse(now, from, errNothing, nil, out)
		}
		return m.settle(now, from, head.TreeHead, ids, a.Events.Events, out)
	})
}

// errLog says that an event is not where a peer says that it is in the log.
var errLog = errors.New("the event is not where the peer says in the log")

// checkPlace checks that an event is ordered where an answer says.
func checkPlace(head proof.TreeHead, id dag.ID, e *query.Event) error {
	leaf := proof.EventLeaf{Event: id, Status: ledger.Status(e.Status)}
	if err := proof.CheckInclusion(head, e.Index, leaf.Hash(), e.Path.Hashes()); err != nil {
		return fmt.Errorf("%w: event %s: %w", errLog, id, err)
	}
	return nil
}

// settle takes what a peer says of own events.
func (m *Machine) settle(now uint64, from *peer, head proof.TreeHead, ids []dag.ID, events []query.Event, out *Effects) error {
	for i := range events {
		e, p := &events[i], m.pending[ids[i]]
		if p == nil {
			continue
		}
		switch e.State {
		case query.EventOrdered:
			if err := checkPlace(head, ids[i], e); err != nil {
				return m.accuse(now, from, err, nil, out)
			}
			if err := m.final(now, p, ledger.Status(e.Status), e.Index, out); err != nil {
				return err
			}
		case query.EventAttached, query.EventPending:
			p.why = e.Why
			clear(p.void)
		default:
			if err := m.notOrdered(now, p, from, out); err != nil {
				return err
			}
		}
	}
	if len(events) == query.MaxItems && len(m.order) > 0 && m.pending[ids[0]] == nil {
		m.settling = now // there may be more that are
	}
	return m.reissue(out)
}

// final notes that an own event has its place in the order. The index is 0 if it is known by its effect alone.
func (m *Machine) final(now uint64, p *pending, status ledger.Status, index uint64, out *Effects) error {
	id := p.event.ID()
	m.forget(id)
	m.counters.Final++
	m.self.stale, m.self.retryAt = true, min(m.self.retryAt, now)
	m.unspend(p.event, status)
	out.notice(Final{Event: id, Kind: p.event.Kind(), Status: status, Index: index})
	if err := m.anchorFinal(p, status, out); err != nil {
		return err
	}
	record := ownRecord{Block: p.event.Block(), Asked: p.asked, Batch: p.batch, Status: status, Index: index}
	return putRecord(m.storage, idKey(prefixDone, id), &record)
}

// forget takes an own event off those that are not final.
func (m *Machine) forget(id dag.ID) {
	delete(m.pending, id)
	m.order = slices.DeleteFunc(m.order, func(other dag.ID) bool { return other == id })
	m.storage.Delete(idKey(prefixOwn, id))
}

// refusalOf makes a refusal for people of why something cannot be done now.
func refusalOf(why string) *engine.Refusal {
	return &engine.Refusal{Code: engine.CodeBusy, Detail: why + "; try again once `lot status` says that the gateway is in sync"}
}
