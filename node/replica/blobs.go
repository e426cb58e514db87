package replica

import "github.com/ledgerofthings/lot/node/store"

// Blobs is a folder of blobs, as store.Blobs is one. Errors are those of package store.
type Blobs interface {
	// Has reports whether there is a blob.
	Has(d Digest) bool
	// Size returns how many bytes a blob has, and whether there is one.
	Size(d Digest) (int64, bool)
	// Verify returns a range of a blob that is whole; of one that is not the error wraps ErrCorrupt, and it is gone.
	Verify(d Digest, offset, length int64) ([]byte, error)
	// Slice returns a range of a blob, unchecked.
	Slice(d Digest, offset, length int64) ([]byte, error)
	// Create begins a blob that arrives in pieces.
	Create(d Digest, size int64) (Incoming, error)
	// Delete removes a blob; removing what is absent is no error.
	Delete(d Digest) error
	// Digests returns all blobs.
	Digests() []Digest
}

// Incoming is a blob that arrives in pieces, as store.Incoming is one.
type Incoming interface {
	// Write takes the next piece.
	Write(piece []byte) (int, error)
	// Finish keeps the blob if it is what its digest says; else the error wraps store.ErrCorrupt.
	Finish() error
	// Abort drops what came; after Finish it does nothing.
	Abort() error
}

// Stored returns a folder of a store as Blobs.
func Stored(blobs *store.Blobs) Blobs { return stored{blobs} }

type stored struct{ *store.Blobs }

// Create implements Blobs.
func (s stored) Create(d Digest, size int64) (Incoming, error) {
	in, err := s.Blobs.Create(d, size)
	if err != nil {
		return nil, err
	}
	return in, nil
}
