package engine

import (
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
)

// restoredRecord is the mark of a data folder that comes from a backup: the gateway may have gone on after the backup was made, so what
// is here of its own chain may be old.
type restoredRecord struct {
	At uint64 `cbor:"at"` // ms since the Unix epoch
}

// repairRecord is the mark of a data folder from which a repair took what was damaged.
type repairRecord struct {
	Rebuild  bool `cbor:"rebuild"`  // receipts or hashes of the current epoch are gone: the replay writes them again
	Salvaged bool `cbor:"salvaged"` // events wait that stood behind a damaged one
	State    bool `cbor:"state"`    // the state is gone: peers have it
	Blobs    bool `cbor:"blobs"`    // encrypted batches are gone, which is for the driver to see to
}

// mending is what has to be done at this start because of such marks.
type mending struct {
	restored *restoredRecord // nil if there is no such mark
	repair   repairRecord
	waiting  bool // own events of later epochs are put aside
}

// loadMarks reads the marks.
func (e *Engine) loadMarks() error {
	var restored restoredRecord
	found, err := e.getRecord(metaRestored, &restored)
	if err != nil {
		return err
	}
	if found {
		e.mending.restored = &restored
	}
	_, err = e.getRecord(metaRepair, &e.mending.repair)
	return err
}

// restoreMargin is how much later than a restore, in ms, ledger time must be at the start of an epoch for it to be sure that the box that
// was replaced issued nothing in it: clocks may differ.
const restoreMargin = 600_000

// outlived reports whether the epoch at hand began when the box from which this gateway was restored was off already, so that there is
// nothing in it that this node would have to know of its own chain.
func (e *Engine) outlived() bool {
	r := e.mending.restored
	return r == nil || e.epoch.seal != nil && e.epoch.seal.Leaf.Time > r.At+restoreMargin
}

// settle removes the mark of a restore once this node knows its own chain for sure.
func (e *Engine) settle() {
	if e.mending.restored != nil && e.knowsOwnChain() {
		e.mending.restored = nil
		e.storage.Delete(metaRestored)
	}
}

// salvage puts the events that a repair or a restore has put aside where they belong: into the graph, as far as it has what they build
// on, or beside it if they are this node's own and of an epoch that is over.
func (e *Engine) salvage(now uint64) error {
	var keys [][]byte
	var events []dag.Verified
	var failed error
	err := e.storage.Scan([]byte{prefixSalvaged}, nil, func(key, block []byte) bool {
		var v dag.Verified
		if v, failed = dag.Restore(block); failed == nil {
			keys, events = append(keys, append([]byte(nil), key...)), append(events, v)
		}
		return failed == nil
	})
	if err = errors.Join(err, failed); err != nil {
		return fmt.Errorf("%w: events that were put aside: %w", ErrStorage, err)
	}
	var discard Effects
	e.mending.waiting = false
	for n, v := range events {
		own := v.Key() == e.config.Self.Signer.Key() && !v.IsWitness()
		switch epoch := v.Epoch(); {
		case epoch > e.network.Epoch && own:
			e.mending.waiting = true // until this node has come there, or past it
			continue
		case epoch == e.network.Epoch:
			if err := e.add(now, v, "", &discard); err != nil {
				return err
			}
		case own:
			if err := e.saveEvent(v.Event, e.at.state); err != nil {
				return err
			}
		}
		e.storage.Delete(keys[n])
		discard.Reset()
	}
	return nil
}

// forgetState lets the node begin as a new one does whose peers have the state: everything of its own stays.
func (e *Engine) forgetState(now uint64) error {
	next := uint64(0)
	err := e.storage.Scan([]byte{prefixEvent}, nil, func(key, block []byte) bool {
		next = keyNumber(key) + 1
		if v, err := dag.Restore(block); err == nil && v.Key() == e.config.Self.Signer.Key() && !v.IsWitness() {
			e.storage.Put(numberKey(prefixSalvaged, keyNumber(key)), block)
		}
		return true
	})
	if err != nil {
		return err
	}
	for _, r := range e.ranges {
		e.storage.Delete(numberKey(prefixEpoch, r.number))
	}
	e.ranges = nil
	if err := e.storage.Scan([]byte{prefixState, e.slot}, nil, func(key, _ []byte) bool {
		e.storage.Delete(append([]byte(nil), key...))
		return true
	}); err != nil {
		return err
	}
	return e.beginFirst(now, next)
}

// Restored reports whether the data folder comes from a backup and this node does not know its own chain for sure yet.
func (e *Engine) Restored() bool { return e.mending.restored != nil }

// BlobsLost reports whether a repair found encrypted batches missing, which other gateways may have, until the driver says that it has
// looked.
func (e *Engine) BlobsLost() bool { return e.mending.repair.Blobs }
