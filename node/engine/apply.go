package engine

import (
	"encoding/binary"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
)

// receiptRecord is what storage keeps of an ordered payload event.
type receiptRecord struct {
	Status   ledger.Status `cbor:"status"`
	Reason   string        `cbor:"reason,omitempty"`
	BeatenBy []byte        `cbor:"beaten,omitempty"`
	Epoch    uint64        `cbor:"epoch"`
	Commit   uint64        `cbor:"commit"`
	Leaf     uint64        `cbor:"leaf"`     // index in the transparency log
	Position uint64        `cbor:"position"` // in the order of all events, from 1
	Time     uint64        `cbor:"time"`     // ledger time, ms
}

// apply takes the outcome of a commit over: what it wrote, and what it means for this node's own events.
func (e *Engine) apply(now uint64, c *finality.Commit, out *Effects) error {
	o, err := e.shared.follow(e.at, c)
	if err != nil {
		return err
	}
	e.at, e.committedAt = o, now
	for _, w := range o.writes {
		e.storage.Put(w.key, w.value)
	}
	for _, ordered := range c.Events {
		e.graph.MarkOrdered(ordered.Index)
	}
	e.counters.Ordered += uint64(len(c.Events))
	e.counters.Payloads += uint64(len(o.finals))
	for n := range o.finals {
		if err := e.final(now, &o.finals[n], out); err != nil {
			return err
		}
	}
	if !e.config.Mute.Committed {
		out.notice(Committed{Number: o.number, Epoch: o.epoch.network.Epoch, Slot: c.Slot, Leader: o.leader, Time: c.Time, Events: len(c.Events), Payload: len(o.finals)})
	}
	return skip(e.committed(now, out), out) // the events of the step must be kept whatever becomes of a signature
}

// final notes that a payload event has its place in the order.
func (e *Engine) final(now uint64, f *final, out *Effects) error {
	latency := now - min(now, e.graph.AttachedAt(f.index))
	if _, late := e.late[f.index]; late {
		delete(e.late, f.index)
	} else {
		e.latency.add(latency)
	}
	id := f.event.ID()
	e.key = append(append(e.key[:0], prefixPlace), id[:]...)
	e.storage.Put(e.key, binary.BigEndian.AppendUint64(nil, e.base+uint64(e.graph.Position(f.index))))
	if !e.config.Mute.Final {
		out.notice(Final{Event: f.event, Receipt: f.receipt, Commit: e.at.number, Latency: latency})
	}
	return e.ownFinal(f.event, f.receipt, out)
}

// logStore reads the log's hashes from storage.
type logStore struct{ storage Storage }

// Hash implements proof.Store.
func (s logStore) Hash(index uint64) (h proof.Hash, err error) {
	b, err := s.storage.Get(numberKey(prefixLogHash, index))
	if err != nil {
		return h, err
	}
	if len(b) != len(h) {
		return h, fmt.Errorf("%w: hash %d of the log is not in the data folder", ErrStorage, index)
	}
	return proof.Hash(b), nil
}

// receipt returns the outcome of an ordered payload event, if there is one.
func (e *Engine) receipt(id dag.ID) (receiptRecord, bool, error) {
	var r receiptRecord
	found, err := e.getRecord(digestKey(prefixReceipt, id), &r)
	return r, found, err
}
