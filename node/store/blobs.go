package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// MaxBlob is the largest blob in bytes: a batch of 10,000 readings of the largest size, encrypted, with room to spare.
const MaxBlob = 64 << 20

// Digest is the sha2-256 digest of a blob's bytes; a blob is named by it.
type Digest [32]byte

// String returns the digest in hexadecimal, which is also the blob's file name.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Blobs is a folder of files named by the digest of their content. They are apart from the database because they are large,
// written once and never changed: a database that sorts its content would write them ten times over, which wears out the
// flash of small gateways. Its methods may be called from any goroutine.
type Blobs struct {
	store  *Store
	files  vfs.FS
	dir    string
	budget int64

	mu      sync.Mutex // held while a file is put in place or removed
	sizes   map[Digest]int64
	total   int64 // of what is there and of what is being written
	writing map[Digest]bool
}

// openBlobs lists a folder below the store's and removes what a crash left half-written.
func (s *Store) openBlobs(name string, budget int64) (*Blobs, error) {
	dir := s.options.FS.PathJoin(s.dir, name)
	b := &Blobs{store: s, files: s.options.FS, dir: dir, budget: budget, sizes: map[Digest]int64{}, writing: map[Digest]bool{}}
	if !b.readOnly() {
		if err := b.files.MkdirAll(dir, 0o700); err != nil {
			return nil, explain("make folder", dir, err)
		}
	}
	names, err := b.files.List(dir)
	if b.readOnly() && errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err != nil {
		return nil, explain("list", dir, err)
	}
	for _, name := range names {
		if err := b.adopt(name); err != nil {
			return nil, explain("look at", b.files.PathJoin(dir, name), err)
		}
	}
	return b, nil
}

// adopt takes one file of the folder into account; files that are not ours are left alone.
func (b *Blobs) adopt(name string) error {
	path := b.files.PathJoin(b.dir, name)
	if strings.HasSuffix(name, temporary) {
		if b.readOnly() {
			return nil
		}
		return b.files.Remove(path)
	}
	digest, ours := parseDigest(name)
	if !ours {
		return nil
	}
	info, err := b.files.Stat(path)
	if err != nil {
		return err
	}
	b.sizes[digest] = info.Size()
	b.total += info.Size()
	return nil
}

// parseDigest is the inverse of Digest.String.
func parseDigest(name string) (d Digest, ok bool) {
	raw, err := hex.DecodeString(name)
	if err != nil || len(raw) != len(d) || name != strings.ToLower(name) {
		return d, false
	}
	return Digest(raw), true
}

func (b *Blobs) path(d Digest) string { return b.files.PathJoin(b.dir, d.String()) }

func (b *Blobs) readOnly() bool { return b.store.options.ReadOnly }

// Put keeps content and returns its digest. When it returns nil the blob is on disk; a step that refers to it is committed
// afterwards. Putting what is already there costs a hash. Errors wrap ErrBlobBudget, ErrLimit or ErrDiskFull; after them
// the store can be used further.
func (b *Blobs) Put(content []byte) (Digest, error) {
	return guard(b.store, func() (Digest, error) { return b.put(content) })
}

func (b *Blobs) put(content []byte) (Digest, error) {
	digest := Digest(sha256.Sum256(content))
	size := int64(len(content))
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.sizes[digest]; ok {
		return digest, nil
	}
	if err := b.admit(size); err != nil {
		return digest, fmt.Errorf("put blob: %w", err)
	}
	if err := writeFile(b.files, b.dir, b.path(digest), content); err != nil {
		return digest, explain("put blob", b.path(digest), err)
	}
	b.sizes[digest] = size
	b.total += size
	return digest, nil
}

// admit checks whether there may be another blob of a size.
func (b *Blobs) admit(size int64) error {
	switch {
	case b.readOnly():
		return fmt.Errorf("%w: %s", ErrReadOnly, b.dir)
	case size > MaxBlob:
		return fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrLimit, size, MaxBlob)
	case b.total+size > b.budget:
		return fmt.Errorf("%w: %d of %d bytes are taken, %d more are too many: raise the budget or delete blobs",
			ErrBlobBudget, b.total, b.budget, size)
	}
	return nil
}

// Has reports whether there is a blob of that digest, without reading it.
func (b *Blobs) Has(d Digest) bool {
	_, ok := b.Size(d)
	return ok
}

// Size returns how many bytes the blob of that digest has, and whether there is one.
func (b *Blobs) Size(d Digest) (int64, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	size, ok := b.sizes[d]
	return size, ok
}

// Delete removes a blob; removing what is absent is no error. The room is free at once, but after a crash the blob may be
// back.
func (b *Blobs) Delete(d Digest) error {
	_, err := guard(b.store, func() (struct{}, error) { return struct{}{}, b.remove(d) })
	return err
}

func (b *Blobs) remove(d Digest) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	size, ok := b.sizes[d]
	if !ok || b.readOnly() {
		return nil
	}
	if err := ignoreMissing(b.files.Remove(b.path(d))); err != nil {
		return explain("delete blob", b.path(d), err)
	}
	delete(b.sizes, d)
	b.total -= size
	return nil
}

// Digests returns the digests of all blobs in rising order, so that those that nothing refers to can be found and deleted.
func (b *Blobs) Digests() []Digest {
	b.mu.Lock()
	defer b.mu.Unlock()
	digests := make([]Digest, 0, len(b.sizes))
	for d := range b.sizes {
		digests = append(digests, d)
	}
	slices.SortFunc(digests, func(a, b Digest) int { return slices.Compare(a[:], b[:]) })
	return digests
}

// Bytes returns how much room the blobs take together, those that are being written included.
func (b *Blobs) Bytes() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.total
}

// Budget returns how much room the blobs may take together, in bytes.
func (b *Blobs) Budget() int64 { return b.budget }
