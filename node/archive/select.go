package archive

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/store"
)

// View is what entries are read from: a snapshot, or a store.
type View interface {
	// Get returns the value of a key, or nil if there is none.
	Get(key []byte) ([]byte, error)
	// Scan visits the entries under a prefix, from a key on, until visit returns false.
	Scan(prefix, from []byte, visit func(key, value []byte) bool) error
}

// selection says which entries of a data folder go into a backup.
type selection struct {
	view   *store.Snapshot
	own    dag.Key
	ledger bool
}

// each visits the selected entries. Keys have the range of the database before them. The slices are valid during the call
// only.
func (s selection) each(visit func(key, value []byte) error) error {
	var failed error
	for _, where := range ranges {
		full := []byte{byte(where)}
		err := s.view.ScanIn(where, nil, nil, func(key, value []byte) bool {
			failed = s.entry(where, key, value, func(key, value []byte) error {
				full = append(full[:1], key...)
				return visit(full, value)
			})
			return failed == nil
		})
		if err = errors.Join(err, failed); err != nil {
			return err
		}
	}
	return nil
}

// ranges are the parts of the database that a backup looks at: what peers and the DHT keep is learnt again.
var ranges = []store.Range{store.Engine, store.Replicas}

// entry visits one entry if it is selected. Without the ledger, what this gateway itself issued is taken out of it: nobody
// else need have it.
func (s selection) entry(where store.Range, key, value []byte, visit func(key, value []byte) error) error {
	kind := KindOf(key)
	switch {
	case where != store.Engine || s.ledger:
		return visit(key, value)
	case kind.Prefix == OwnPrefix:
		return errors.Join(visit(key, value), s.receipt(value, visit))
	case kind.Part == Own:
		return visit(key, value)
	case kind.Prefix == EventPrefix:
		return s.ownEvent(key, value, visit)
	case kind.Prefix == SalvagedPrefix && s.isOwn(value):
		return visit(key, value)
	}
	return nil
}

// ownEvent visits an own event, as one that waits for those that it builds on, with its receipt.
func (s selection) ownEvent(key, block []byte, visit func(key, value []byte) error) error {
	if !s.isOwn(block) {
		return nil
	}
	if err := visit(append([]byte(SalvagedPrefix), key[len(EventPrefix):]...), block); err != nil {
		return err
	}
	return s.receipt(block, visit)
}

// receipt visits the receipt of an event, if there is one.
func (s selection) receipt(block []byte, visit func(key, value []byte) error) error {
	id := dag.HashBlock(block)
	receiptKey := append([]byte(ReceiptPrefix), id[:]...)
	receipt, err := s.view.Get(receiptKey)
	if err != nil || receipt == nil {
		return err
	}
	return visit(receiptKey, receipt)
}

// isOwn reports whether this gateway issued an event. What does not decode is nobody's.
func (s selection) isOwn(block []byte) bool {
	event, err := dag.Decode(block)
	return err == nil && event.Key() == s.own
}

// batchRecord is the part of a batch's record that names its blob.
type batchRecord struct {
	Blob []byte `cbor:"blob"`
}

// batches visits the digests of all encrypted batches that closed batches refer to.
func batches(view View, visit func(number uint64, digest store.Digest) error) error {
	var failed error
	err := view.Scan([]byte(BatchPrefix), nil, func(key, value []byte) bool {
		var record batchRecord
		if len(key) != len(BatchPrefix)+8 || cbor.Unmarshal(value, &record) != nil || len(record.Blob) != len(store.Digest{}) {
			return true // a damaged record names none; `lot ledger check` reports it
		}
		failed = visit(binary.BigEndian.Uint64(key[len(BatchPrefix):]), store.Digest(record.Blob))
		return failed == nil
	})
	return errors.Join(err, failed)
}

// MissingBlobs visits the closed batches whose encrypted readings are not there, oldest first, with the digest by which
// other gateways have them. It is what is to be fetched after a restore, or after a repair whose mark says Blobs.
func MissingBlobs(view View, has func(store.Digest) bool, visit func(number uint64, digest store.Digest) error) error {
	err := batches(view, func(number uint64, digest store.Digest) error {
		if has(digest) {
			return nil
		}
		return visit(number, digest)
	})
	if err != nil {
		return fmt.Errorf("look for missing batches: %w", err)
	}
	return nil
}
