package replica

import (
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// ErrStorage says that what is stored about replicas cannot be read or written.
var ErrStorage = errors.New("records of replicas cannot be relied on")

// Records is the storage of an Owner or a Holder, which may share one key space: a step of package store over
// store.Replicas, or a store in memory. Writes are seen by later reads at once, and are durable when Commit returns nil.
type Records interface {
	Get(key []byte) ([]byte, error)
	Put(key, value []byte)
	Delete(key []byte)
	Scan(prefix, from []byte, visit func(key, value []byte) bool) error
	Commit() error
}

// The first byte of a key says what the entry is.
const (
	prefixBatch = 'b' // digest (32): a batch of this owner
	prefixPin   = 'p' // length of the owner's id (1), the id, digest (32): what is kept for an owner
)

// batchRecord is how a batch is stored.
type batchRecord struct {
	_       struct{} `cbor:",toarray"`
	Size    int64
	Dropped bool
	Holders []holderRecord
}

// holderRecord is how a replica is stored. An offer that was accepted is stored as offered: it is made again after a restart,
// which changes nothing for the holder.
type holderRecord struct {
	_     struct{} `cbor:",toarray"`
	Peer  string
	State state
	Since uint64
	Seen  uint64
}

// pinRecord is how a pin is stored.
type pinRecord struct {
	_    struct{} `cbor:",toarray"`
	Size int64
	Done bool // the blob is there
}

var (
	recordEnc = must(cbor.CoreDetEncOptions().EncMode())
	recordDec = must(cbor.DecOptions{
		IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden, MaxNestedLevels: 4, MaxArrayElements: 1 << 10,
	}.DecMode())
)

// must is for package-level values whose making can only fail by a mistake in this file.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func batchKey(d Digest) []byte { return append([]byte{prefixBatch}, d[:]...) }

// pinPrefix begins the keys of what is kept for one owner.
func pinPrefix(owner string) []byte {
	return append([]byte{prefixPin, byte(len(owner))}, owner...)
}

func pinKey(owner string, d Digest) []byte { return append(pinPrefix(owner), d[:]...) }

// parsePinKey is the inverse of pinKey.
func parsePinKey(key []byte) (owner string, d Digest, err error) {
	const head = 2
	if len(key) < head || len(key) != head+int(key[1])+len(d) {
		return "", d, fmt.Errorf("%w: %x is no key of a pin", ErrStorage, key)
	}
	end := head + int(key[1])
	return string(key[head:end]), Digest(key[end:]), nil
}

func putRecord(r Records, key []byte, record any) error {
	b, err := recordEnc.Marshal(record)
	if err != nil {
		return fmt.Errorf("%w: encode %c: %w", ErrStorage, key[0], err)
	}
	r.Put(key, b)
	return nil
}

// scanRecords visits the decoded entries under a prefix.
func scanRecords[T any](r Records, prefix []byte, visit func(key []byte, record *T) error) error {
	var failed error
	err := r.Scan(prefix, nil, func(key, value []byte) bool {
		record := new(T)
		if failed = recordDec.Unmarshal(value, record); failed == nil {
			failed = visit(key, record)
		}
		return failed == nil
	})
	if err = errors.Join(err, failed); err != nil {
		return fmt.Errorf("%w: entry %q: %w", ErrStorage, prefix[:1], err)
	}
	return nil
}
