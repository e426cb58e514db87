package engine

import (
	"errors"
	"fmt"
)

// ErrStorage says that what the node keeps cannot be trusted any more: reading it failed, or it does not fit together. It is
// the only kind of error that Step returns.
var ErrStorage = errors.New("what is stored cannot be relied on")

// Storage is the ordered key-value space that one Step reads and writes. Writes of a step are seen by its later reads at
// once; the driver makes them durable, all or none, before it releases the step's effects. Keys are at most 256 bytes,
// values at most 4 MiB. A simulator gives a memory version; package node/store the one on disk.
type Storage interface {
	// Get returns the value of key, or nil if there is none. The caller may keep the slice but must not change it. An error
	// means that the disk cannot be trusted; the step then ends with it.
	Get(key []byte) ([]byte, error)
	// Put sets key to value. It copies the key; it may hold the value, which nobody changes any more. A failing write surfaces
	// when the step is committed.
	Put(key, value []byte)
	// Delete removes key; removing what is absent is no error.
	Delete(key []byte)
	// Scan calls visit in rising key order for every entry whose key has prefix and is not below from (nil: from the first),
	// until visit returns false. The slices are valid during the call only.
	Scan(prefix, from []byte, visit func(key, value []byte) bool) error
	// PutBlob keeps content under its sha2-256 digest. Once the step is committed it is durable; a step that is not committed
	// may leave it behind. An error means that there is no room for it: the step goes on without it.
	PutBlob(digest [32]byte, content []byte) error
	// GetBlob returns the content of a digest, or nil if there is none that matches it. An error means that the disk cannot be
	// trusted.
	GetBlob(digest [32]byte) ([]byte, error)
}

// guarded is storage whose errors wrap ErrStorage. Those of PutBlob do not: they are for the engine to live with.
type guarded struct{ Storage }

// Get implements Storage.
func (g guarded) Get(key []byte) ([]byte, error) {
	value, err := g.Storage.Get(key)
	return value, storageError(err)
}

// Scan implements Storage.
func (g guarded) Scan(prefix, from []byte, visit func(key, value []byte) bool) error {
	return storageError(g.Storage.Scan(prefix, from, visit))
}

// GetBlob implements Storage.
func (g guarded) GetBlob(digest [32]byte) ([]byte, error) {
	content, err := g.Storage.GetBlob(digest)
	return content, storageError(err)
}

func storageError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrStorage, err)
}
