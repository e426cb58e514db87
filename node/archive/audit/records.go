package audit

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"github.com/ledgerofthings/lot/dag/ledger"
)

// The records of the node, as far as a check looks at them. They are CBOR maps with named fields, of which later versions may
// have more.
type (
	receiptRecord struct {
		Status   ledger.Status `cbor:"status"`
		BeatenBy []byte        `cbor:"beaten"`
		Epoch    uint64        `cbor:"epoch"`
		Commit   uint64        `cbor:"commit"`
		Leaf     uint64        `cbor:"leaf"`
		Position uint64        `cbor:"position"`
		Time     uint64        `cbor:"time"`
	}
	epochRecord struct {
		Seal     []byte `cbor:"seal"`
		Position uint64 `cbor:"position"`
		Ordered  uint64 `cbor:"ordered"`
		Closed   uint64 `cbor:"closed"`
		Skipped  bool   `cbor:"skipped"`
	}
	batchRecord struct {
		Count   uint64        `cbor:"count"`
		First   uint64        `cbor:"first"`
		Last    uint64        `cbor:"last"`
		Root    []byte        `cbor:"root"`
		Blob    []byte        `cbor:"blob"`
		Devices []batchDevice `cbor:"devices"`
	}
	batchDevice struct {
		Key   []byte `cbor:"key"`
		First uint64 `cbor:"first"`
		Last  uint64 `cbor:"last"`
		Count uint64 `cbor:"count"`
	}
	anchorRecord struct {
		Event  []byte        `cbor:"event"`
		Count  uint64        `cbor:"count"`
		Status ledger.Status `cbor:"status,omitempty"`
	}
	outboxRecord struct {
		Kind  string `cbor:"kind"`
		Body  []byte `cbor:"body"`
		Batch uint64 `cbor:"batch"`
		Again []byte `cbor:"again"`
	}
	deviceRecord struct {
		Name    string `cbor:"name"`
		LastSeq uint64 `cbor:"last"`
		Stored  uint64 `cbor:"stored"`
		Removed bool   `cbor:"removed"`
	}
	signedRecord struct {
		Size uint64 `cbor:"size"`
		Root []byte `cbor:"root"`
	}
	checkpointRecord struct {
		Epoch uint64 `cbor:"epoch"`
		Note  []byte `cbor:"note"`
	}
)

var (
	recordEnc = must(cbor.CoreDetEncOptions().EncMode())
	recordDec = must(cbor.DecOptions{
		IndefLength: cbor.IndefLengthForbidden, DupMapKey: cbor.DupMapKeyEnforcedAPF, MaxArrayElements: 1 << 20,
		FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
	}.DecMode())
)

// must is for package-level values whose making can only fail by a mistake in this file.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// decode reads a record. What the program writes is in the one canonical form, so whatever is not was changed.
func decode[T any](value []byte) (record T, err error) {
	if err := recordDec.Unmarshal(value, &record); err != nil {
		return record, fmt.Errorf("it cannot be read: %w", err)
	}
	var whole any
	if err := recordDec.Unmarshal(value, &whole); err != nil {
		return record, fmt.Errorf("it cannot be read: %w", err)
	}
	again, err := recordEnc.Marshal(whole)
	if err != nil || !bytes.Equal(again, value) {
		return record, fmt.Errorf("it is not in the form in which it was written")
	}
	return record, nil
}

// number reads the integer behind a prefix of one byte, if the key ends with it.
func number(key []byte) (uint64, error) {
	if len(key) != 9 {
		return 0, fmt.Errorf("its key has %d bytes, want 9", len(key))
	}
	return binary.BigEndian.Uint64(key[1:]), nil
}

// digest reads the 32 bytes behind a prefix of one byte, if the key ends with them.
func digest(key []byte) (d [32]byte, err error) {
	if len(key) != 33 {
		return d, fmt.Errorf("its key has %d bytes, want 33", len(key))
	}
	return [32]byte(key[1:]), nil
}

// numberKey is the inverse of number.
func numberKey(prefix byte, n uint64) []byte { return binary.BigEndian.AppendUint64([]byte{prefix}, n) }

// digestKey is the inverse of digest.
func digestKey(prefix byte, d [32]byte) []byte { return append([]byte{prefix}, d[:]...) }
