package store

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Incoming is a blob that arrives in pieces, so that a large one needs little memory. It belongs to one goroutine, and ends
// with Finish or Abort.
type Incoming struct {
	blobs  *Blobs
	digest Digest
	size   int64
	taken  int64
	file   vfs.File
	sum    hash.Hash
	ended  bool
}

// Create begins a blob of a digest and a size in bytes, whose room is taken from the budget at once. Errors wrap
// ErrBlobBudget, ErrLimit, ErrDiskFull, or ErrBusy while the same blob is being written.
func (b *Blobs) Create(d Digest, size int64) (*Incoming, error) {
	return guard(b.store, func() (*Incoming, error) { return b.create(d, size) })
}

func (b *Blobs) create(d Digest, size int64) (*Incoming, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.writing[d] {
		return nil, fmt.Errorf("put blob %s: %w", d, ErrBusy)
	}
	if err := b.admit(size); err != nil {
		return nil, fmt.Errorf("put blob: %w", err)
	}
	file, err := b.files.Create(b.path(d)+temporary, vfs.WriteCategoryUnspecified)
	if err != nil {
		return nil, explain("put blob", b.path(d), err)
	}
	b.writing[d] = true
	b.total += size
	return &Incoming{blobs: b, digest: d, size: size, file: file, sum: sha256.New()}, nil
}

// Write takes the next piece. Errors wrap ErrLimit for more than the announced size, or ErrDiskFull.
func (in *Incoming) Write(piece []byte) (int, error) {
	return guard(in.blobs.store, func() (int, error) {
		if int64(len(piece)) > in.size-in.taken {
			return 0, fmt.Errorf("put blob %s: %w: more than the %d bytes that it should have", in.digest, ErrLimit, in.size)
		}
		in.sum.Write(piece)
		n, err := in.file.Write(bytes.Clone(piece)) // a vfs.File may change what it is given
		in.taken += int64(n)
		return n, explain("put blob", in.blobs.path(in.digest), err)
	})
}

// Finish puts the blob in its place if it is what its digest says; else it is dropped with an error that wraps ErrCorrupt.
// When it returns nil the blob is on disk.
func (in *Incoming) Finish() error {
	_, err := guard(in.blobs.store, func() (struct{}, error) { return struct{}{}, in.finish() })
	if err != nil {
		return errors.Join(err, in.Abort())
	}
	return nil
}

func (in *Incoming) finish() error {
	b, path := in.blobs, in.blobs.path(in.digest)
	if in.ended || in.taken != in.size || Digest(in.sum.Sum(nil)) != in.digest {
		return fmt.Errorf("put blob %s: %w: the %d of %d bytes that came are not what the digest says", in.digest, ErrCorrupt, in.taken, in.size)
	}
	if err := in.file.Sync(); err != nil {
		return explain("put blob", path, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	err := errors.Join(in.file.Close(), b.files.Rename(path+temporary, path), syncDir(b.files, b.dir))
	if err != nil {
		in.file = nil
		return explain("put blob", path, err)
	}
	in.leave()
	if old, ok := b.sizes[in.digest]; ok { // it was put whole meanwhile
		b.total -= old
	}
	b.sizes[in.digest] = in.size
	return nil
}

// leave ends the writing. The blobs' lock is held.
func (in *Incoming) leave() {
	in.ended = true
	delete(in.blobs.writing, in.digest)
}

// Abort drops what came and gives its room back. After Finish or another Abort it does nothing.
func (in *Incoming) Abort() error {
	b := in.blobs
	b.mu.Lock()
	defer b.mu.Unlock()
	if in.ended {
		return nil
	}
	in.leave()
	b.total -= in.size
	var closing error
	if in.file != nil {
		closing = in.file.Close()
	}
	return explain("drop unfinished blob", b.path(in.digest),
		errors.Join(closing, ignoreMissing(b.files.Remove(b.path(in.digest)+temporary))))
}
