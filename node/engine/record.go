package engine

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// Records in storage are CBOR maps with named fields, so that a later version can add some.
var (
	recordEnc = must(cbor.CoreDetEncOptions().EncMode())
	recordDec = must(cbor.DecOptions{IndefLength: cbor.IndefLengthForbidden, MaxArrayElements: 1 << 20}.DecMode())
)

// must is for package-level values whose making can only fail by a mistake in this file.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (e *Engine) putRecord(key []byte, record any) error {
	b, err := encodeRecord(key, record)
	if err != nil {
		return err
	}
	e.storage.Put(key, b)
	return nil
}

func encodeRecord(key []byte, record any) ([]byte, error) {
	b, err := recordEnc.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("%w: encode record %c: %w", ErrStorage, key[0], err)
	}
	return b, nil
}

// getRecord fills record and reports whether there was one.
func (e *Engine) getRecord(key []byte, record any) (bool, error) {
	return getRecord(e.storage, key, record)
}

func getRecord(s Storage, key []byte, record any) (bool, error) {
	b, err := s.Get(key)
	if err != nil || b == nil {
		return false, err
	}
	return true, decodeRecord(key, b, record)
}

func decodeRecord(key, b []byte, record any) error {
	if err := recordDec.Unmarshal(b, record); err != nil {
		return fmt.Errorf("%w: record %q in the data folder cannot be read: %w", ErrStorage, key[:1], err)
	}
	return nil
}

// scanRecords decodes every entry under a prefix into a fresh record and visits it.
func scanRecords[T any](s Storage, prefix []byte, visit func(key []byte, record *T) error) error {
	var failed error
	err := s.Scan(prefix, nil, func(key, value []byte) bool {
		record := new(T)
		if failed = decodeRecord(key, value, record); failed == nil {
			failed = visit(key, record)
		}
		return failed == nil
	})
	if err != nil {
		return err
	}
	return failed
}
