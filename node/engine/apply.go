package engine

import (
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
	Commit   uint64        `cbor:"commit"`
	Leaf     uint64        `cbor:"leaf"`     // index in the transparency log
	Position uint64        `cbor:"position"` // in the order of all events, from 1
	Time     uint64        `cbor:"time"`     // ledger time, ms
}

// commitRecord is a commit as the export of the order needs it.
type commitRecord struct {
	slot   uint64
	leader dag.Index
	time   uint64 // ledger time, ms
	end    int    // in Engine.ordered: its events end below
}

// commitMark is what is remembered of the newest commit.
type commitMark struct {
	Number uint64
	Slot   uint64
	Leader dag.ID
	Time   uint64 // ledger time, ms
	At     uint64 // when it was decided here, ms
}

// apply runs a commit through the ledger and appends its outcome to the transparency log.
func (e *Engine) apply(now uint64, c finality.Commit, out *Effects) error {
	state, err := e.config.Network.Rules.Open(e.state, ledger.Commit{Number: c.Number, Time: c.Time})
	if err != nil { // the order follows from the events, so these are not what they were
		return fmt.Errorf("%w: %w", ErrStorage, err)
	}
	e.state = state
	payloads := 0
	for _, ordered := range c.Events {
		e.graph.MarkOrdered(ordered.Index)
		event := e.arena.Event(ordered.Index)
		var receipt ledger.Receipt
		e.state, receipt = e.config.Network.Rules.Apply(e.state, event, ordered.Duplicate)
		e.ordered = append(e.ordered, ordered.Index)
		e.counters.Ordered++
		if event.IsWitness() {
			continue
		}
		payloads++
		if err := e.record(now, c, ordered.Index, receipt, out); err != nil {
			return err
		}
	}
	e.state = e.config.Network.Rules.Close(e.state)
	e.commits = append(e.commits, commitRecord{slot: c.Slot, leader: c.Leader, time: c.Time, end: len(e.ordered)})
	e.last = commitMark{Number: c.Number, Slot: c.Slot, Leader: e.arena.ID(c.Leader), Time: c.Time, At: now}
	e.counters.Payloads += uint64(payloads)
	out.notice(Committed{Number: c.Number, Slot: c.Slot, Leader: e.last.Leader, Time: c.Time, Events: len(c.Events), Payload: payloads})
	if payloads > 0 {
		if err := e.appendClosing(); err != nil {
			return err
		}
	}
	return skip(e.committed(now, out), out) // the events of the step must be kept whatever becomes of a signature
}

// record keeps the receipt of an ordered payload event and appends its leaf.
func (e *Engine) record(now uint64, c finality.Commit, i dag.Index, receipt ledger.Receipt, out *Effects) error {
	event := e.arena.Event(i)
	leaf, err := e.appendLeaf(proof.EventLeaf{Event: event.ID(), Status: receipt.Status}.Hash())
	if err != nil {
		return err
	}
	r := receiptRecord{Status: receipt.Status, Reason: receipt.Reason, Commit: c.Number, Leaf: leaf, Position: uint64(len(e.ordered)), Time: c.Time}
	if !receipt.BeatenBy.IsZero() {
		r.BeatenBy = receipt.BeatenBy[:]
	}
	if err := e.putRecord(digestKey(prefixReceipt, event.ID()), &r); err != nil {
		return err
	}
	latency := now - min(now, e.graph.AttachedAt(i))
	if _, late := e.late[i]; late {
		delete(e.late, i)
	} else {
		e.latency.add(latency)
	}
	out.notice(Final{Event: event, Receipt: receipt, Commit: c.Number, Latency: latency})
	return e.ownFinal(event, receipt, out)
}

// appendClosing appends the closing leaf of a commit that ordered payloads.
func (e *Engine) appendClosing() error {
	closing := proof.ClosingLeaf{
		Leader: e.last.Leader, Number: e.last.Number, Time: e.last.Time,
		State: e.state.Root(), Committee: e.config.Network.Cosigners.Hash(),
	}
	_, err := e.appendLeaf(closing.Hash())
	return err
}

// appendLeaf adds a leaf to the log, keeps the new hashes, and returns its index.
func (e *Engine) appendLeaf(leaf proof.Hash) (uint64, error) {
	added, err := e.log.Append(leaf)
	if err != nil {
		return 0, fmt.Errorf("%w: append to the log: %w", ErrStorage, err)
	}
	for n := range added.Hashes {
		e.storage.Put(numberKey(prefixLogHash, added.First+uint64(n)), added.Hashes[n][:])
	}
	return added.Leaf, nil
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
