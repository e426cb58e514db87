package light

import (
	"encoding/binary"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
)

// Keys of storage begin with 'L', which no key of a full gateway does, so that a data folder can serve one role after the other.
var (
	keyTrust    = []byte("Lt")  // the committee and the checkpoint that are trusted
	keyChain    = []byte("Lc")  // how far the own chain goes
	prefixOwn   = []byte("Lo/") // event id: an own event that is not final
	prefixDone  = []byte("Ld/") // event id: an own event that is final, or was issued again
	prefixQueue = []byte("Lq/") // number (8): a payload that waits to be issued
	prefixAsked = []byte("Lk/") // idempotency key: what was done for it
	prefixProof = []byte("Lx/") // number (8): evidence
	prefixLink  = []byte("Lz/") // epoch (8): certificate of the seal by which the committee changed, an encoded proof.Chain

	prefixDevice  = []byte("Le/") // device key: a registration
	prefixReading = []byte("Lb/") // batch (8), index (8): a reading of the open batch
	prefixBatch   = []byte("Lm/") // batch (8): a closed batch
	prefixAnchor  = []byte("La/") // batch (8): how far the anchor of a closed batch is
	prefixSpan    = []byte("Li/") // device key, first number inverted (8): which batch holds a run of a device's readings
)

func idKey(prefix []byte, id dag.ID) []byte { return append(append([]byte{}, prefix...), id[:]...) }

func numberKey(prefix []byte, n uint64) []byte {
	return binary.BigEndian.AppendUint64(append([]byte{}, prefix...), n)
}

// keyNumber reads the number at the end of a key.
func keyNumber(key []byte) uint64 { return binary.BigEndian.Uint64(key[len(key)-8:]) }

// Records are CBOR maps with named fields, so that a later version can add some.
var recordEncoding = func() cbor.EncMode {
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil { // the options are constant
		panic(err)
	}
	return mode
}()

func putRecord(s engine.Storage, key []byte, v any) error {
	b, err := recordEncoding.Marshal(v)
	if err != nil {
		return fmt.Errorf("record %q: %w", key, err)
	}
	s.Put(key, b)
	return nil
}

// getRecord reads a record, if there is one. The error wraps engine.ErrStorage.
func getRecord(s engine.Storage, key []byte, v any) (found bool, err error) {
	b, err := s.Get(key)
	if err == nil && b != nil {
		err = cbor.Unmarshal(b, v)
	}
	if err != nil {
		return false, fmt.Errorf("%w: record %q: %w", engine.ErrStorage, key, err)
	}
	return b != nil, nil
}

// scanRecords reads all records whose keys begin with a prefix, in the order of the keys.
func scanRecords[T any](s engine.Storage, prefix []byte, visit func(key []byte, v *T) error) error {
	var failed error
	err := s.Scan(prefix, nil, func(key, value []byte) bool {
		v := new(T)
		if failed = cbor.Unmarshal(value, v); failed == nil {
			failed = visit(key, v)
		}
		return failed == nil
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return fmt.Errorf("%w: records %q: %w", engine.ErrStorage, prefix, err)
	}
	return nil
}
