package replica

import "github.com/ledgerofthings/lot/node/store"

// Blobs is a folder of blobs, as store.Blobs is one; its methods and errors are described there.
type Blobs interface {
	Has(d Digest) bool
	Size(d Digest) (int64, bool)
	Verify(d Digest, offset, length int64) ([]byte, error)
	Slice(d Digest, offset, length int64) ([]byte, error)
	Create(d Digest, size int64) (Incoming, error)
	Delete(d Digest) error
	Digests() []Digest
}

// Incoming is a blob that arrives in pieces, as store.Incoming is one.
type Incoming interface {
	Write(piece []byte) (int, error)
	Finish() error
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
