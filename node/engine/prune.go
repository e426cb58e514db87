package engine

import (
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
)

const (
	pruneEvents = 256   // that one step deletes at most
	pruneLeaves = 4_096 // of the log whose hashes one step looks at
	pruneRest   = 20    // ms between two steps that prune
)

// pruning is how far the deletion of old epochs has come.
type pruning struct {
	first uint64 // the position of the first event on disk
	at    uint64 // ms before which nothing more is deleted
}

// pruneRecord is what storage keeps of a deletion that is under way.
type pruneRecord struct {
	Epoch uint64 `cbor:"epoch"`
	Leaf  uint64 `cbor:"leaf"` // leaves before this one have been looked at
}

// Pruned says that an epoch was deleted. What this node issued in it stays, and stays provable.
type Pruned struct{ Epoch uint64 }

func (Pruned) notice() {}

// loadPruning finds the first event on disk.
func (e *Engine) loadPruning() error {
	e.pruning.first = e.position()
	return e.storage.Scan([]byte{prefixEvent}, nil, func(key, _ []byte) bool {
		e.pruning.first = keyNumber(key)
		return false
	})
}

// expires returns when the oldest epoch on disk is to be deleted, in ms; false if it is to stay. The epoch before the current one
// always stays, since peers may still have to fetch its end.
func (e *Engine) expires() (at uint64, ok bool) {
	p := &e.config.Policy
	if len(e.ranges) < 3 || p.KeepAll {
		return 0, false
	}
	var bytes uint64
	for _, r := range e.ranges {
		bytes += r.record.Bytes
	}
	if e.disk.Tight || p.MaxLedger != 0 && bytes+e.bytes > p.MaxLedger {
		return 0, true
	}
	return e.ranges[0].record.Closed + p.Keep, true
}

// prune deletes some of the oldest epoch if it is time. What it deletes in one step is bounded, so that it never keeps the node from its
// work; a step that is cut off is made again.
func (e *Engine) prune(now uint64, out *Effects) error {
	at, ok := e.expires()
	if !ok {
		return nil
	}
	if at = max(at, e.pruning.at); now < at {
		out.wake(at)
		return nil
	}
	e.pruning.at = now + pruneRest
	out.wake(e.pruning.at)
	if end := e.ranges[1].record.Position; e.pruning.first < end {
		return e.pruneEvents(min(end, e.pruning.first+pruneEvents))
	}
	return e.pruneLog(out)
}

// pruneEvents deletes the events up to a position with all that belongs to them, and keeps own payloads.
func (e *Engine) pruneEvents(end uint64) error {
	var failed error
	err := e.storage.Scan([]byte{prefixEvent}, numberKey(prefixEvent, e.pruning.first), func(key, block []byte) bool {
		position := keyNumber(key)
		if position >= end {
			return false
		}
		var v dag.Verified
		if v, failed = dag.Restore(block); failed != nil {
			failed = fmt.Errorf("%w: event %d: %w", ErrStorage, position, failed)
			return false
		}
		failed = e.pruneEvent(v.Event)
		e.storage.Delete(numberKey(prefixEvent, position))
		return failed == nil
	})
	if err == nil {
		err = failed
	}
	if err == nil {
		e.pruning.first = end
	}
	return err
}

func (e *Engine) pruneEvent(event *dag.Event) error {
	id := event.ID()
	if event.IsWitness() {
		return nil
	}
	e.storage.Delete(digestKey(prefixPlace, id))
	if event.Key() != e.config.Self.Signer.Key() {
		e.storage.Delete(digestKey(prefixReceipt, id))
		return nil
	}
	receipt, found, err := e.receipt(id)
	if err != nil || !found {
		return err
	}
	e.storage.Put(digestKey(prefixOwn, id), event.Block())
	e.storage.Put(numberKey(prefixOwnLeaf, receipt.Leaf), []byte{1})
	return nil
}

// pruneLog deletes the hashes of the log that no proof about an own event needs, and at the end of the epoch's leaves the epoch.
func (e *Engine) pruneLog(out *Effects) error {
	oldest := e.ranges[0]
	from, to, end, err := e.nextTrim()
	if err != nil {
		return err
	}
	own, err := e.ownLeaves(from, to)
	if err != nil {
		return err
	}
	if from < to {
		proof.Trim(from, to, own.within, func(index uint64) { e.storage.Delete(numberKey(prefixLogHash, index)) })
	}
	if to < end {
		return e.putRecord(metaPrune, &pruneRecord{Epoch: oldest.number, Leaf: to})
	}
	e.storage.Delete(numberKey(prefixEpoch, oldest.number))
	e.ranges = append([]epochRange(nil), e.ranges[1:]...)
	out.notice(Pruned{Epoch: oldest.number})
	return nil
}

// nextTrim returns which leaves' hashes go in one step, [from, to), and where the leaves of the oldest epoch on disk end.
func (e *Engine) nextTrim() (from, to, end uint64, err error) {
	if from, err = e.prunedLeaves(); err != nil {
		return 0, 0, 0, err
	}
	if end, err = e.leavesBefore(1); err != nil {
		return 0, 0, 0, err
	}
	jump, err := e.jumpAfter(from)
	return from, min(end, jump, (from/pruneLeaves+1)*pruneLeaves), end, err
}

// jumpAfter returns the size of the next checkpoint behind a leaf that was kept when a snapshot was installed; without one a size that no
// log has. Trimming must not go across it: what that leaves proves to larger checkpoints only.
func (e *Engine) jumpAfter(leaf uint64) (size uint64, err error) {
	size = dag.MaxInteger
	err = e.storage.Scan([]byte{prefixJump}, numberKey(prefixJump, leaf+1), func(key, _ []byte) bool {
		size = keyNumber(key)
		return false
	})
	return size, err
}

// prunedLeaves returns up to which leaf hashes of the log have gone, all that no proof about an own event or a later leaf needs.
func (e *Engine) prunedLeaves() (uint64, error) {
	first, err := e.leavesBefore(0)
	if err != nil {
		return 0, err
	}
	var record pruneRecord
	found, err := e.getRecord(metaPrune, &record)
	if err == nil && found && record.Epoch == e.ranges[0].number {
		first = max(first, record.Leaf)
	}
	return first, err
}

// leavesBefore returns the size of the log when the n-th epoch on disk began.
func (e *Engine) leavesBefore(n int) (uint64, error) {
	if len(e.ranges[n].record.Seal) == 0 {
		return 0, nil
	}
	certificate, err := e.ranges[n].record.certificate()
	if err != nil {
		return 0, err
	}
	return certificate.Seal.Head.Size, nil
}

// ownLeaves are places of own events in a part of the log, rising.
type ownLeaves []uint64

// ownLeaves returns those in [from, to) whose epochs were pruned.
func (e *Engine) ownLeaves(from, to uint64) (list ownLeaves, err error) {
	err = e.storage.Scan([]byte{prefixOwnLeaf}, numberKey(prefixOwnLeaf, from), func(key, _ []byte) bool {
		leaf := keyNumber(key)
		if leaf < to {
			list = append(list, leaf)
		}
		return leaf < to
	})
	return list, err
}

// within reports whether one of them is in [from, to).
func (l ownLeaves) within(from, to uint64) bool {
	n, _ := slices.BinarySearch(l, from)
	return n < len(l) && l[n] < to
}

// oldestEpoch returns the lowest epoch of which all events are here.
func (e *Engine) oldestEpoch() uint64 {
	for n := len(e.ranges) - 1; n > 0; n-- {
		if e.ranges[n].record.Skipped || e.ranges[n-1].record.Position < e.pruning.first {
			return e.ranges[n].number
		}
	}
	return e.ranges[0].number
}

// PruningPlan says what is deleted next.
type PruningPlan struct {
	Oldest uint64 // the lowest epoch of which events are on disk
	Next   uint64 // the epoch that goes next; 0 for none
	At     uint64 // ms, when it goes; 0 for at once or for want of room only
	Bytes  uint64 // of its events
}

// PruningPlan returns what is deleted next.
func (e *Engine) PruningPlan() PruningPlan {
	p := PruningPlan{Oldest: e.ranges[0].number}
	if at, ok := e.expires(); ok {
		p.Next, p.At, p.Bytes = e.ranges[0].number, at, e.ranges[0].record.Bytes
	}
	return p
}
