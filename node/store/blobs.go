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

// blobs is a folder of files named by the digest of their content. They are apart from the database because they are large,
// written once and never changed: a database that sorts its content would write them ten times over, which wears out the
// flash of small gateways.
type blobs struct {
	files    vfs.FS
	dir      string
	budget   int64
	readOnly bool

	mu    sync.Mutex // held while a file is written or removed
	sizes map[Digest]int64
	total int64
}

// openBlobs lists the folder and removes what a crash left half-written.
func openBlobs(options Options, dir string) (*blobs, error) {
	b := &blobs{files: options.FS, dir: dir, budget: options.Budget.Blobs, readOnly: options.ReadOnly, sizes: map[Digest]int64{}}
	if !b.readOnly {
		if err := b.files.MkdirAll(dir, 0o700); err != nil {
			return nil, explain("make folder", dir, err)
		}
	}
	names, err := b.files.List(dir)
	if b.readOnly && errors.Is(err, fs.ErrNotExist) {
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
func (b *blobs) adopt(name string) error {
	path := b.files.PathJoin(b.dir, name)
	if strings.HasSuffix(name, temporary) {
		if b.readOnly {
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

func (b *blobs) path(d Digest) string { return b.files.PathJoin(b.dir, d.String()) }

func (b *blobs) used() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.total
}

func (b *blobs) put(content []byte) (Digest, error) {
	digest := Digest(sha256.Sum256(content))
	size := int64(len(content))
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.sizes[digest]; ok {
		return digest, nil
	}
	switch {
	case b.readOnly:
		return digest, fmt.Errorf("put blob: %w: %s", ErrReadOnly, b.dir)
	case size > MaxBlob:
		return digest, fmt.Errorf("put blob: %w: %d bytes, at most %d are allowed", ErrLimit, size, MaxBlob)
	case b.total+size > b.budget:
		return digest, fmt.Errorf("put blob: %w: %d of %d bytes are taken, %d more are too many: raise the budget or delete blobs",
			ErrBlobBudget, b.total, b.budget, size)
	}
	if err := writeFile(b.files, b.dir, b.path(digest), content); err != nil {
		return digest, explain("put blob", b.path(digest), err)
	}
	b.sizes[digest] = size
	b.total += size
	return digest, nil
}

func (b *blobs) get(d Digest) ([]byte, error) {
	b.mu.Lock()
	size, ok := b.sizes[d]
	b.mu.Unlock()
	if !ok {
		return nil, fmt.Errorf("get blob %s: %w", d, ErrBlobNotFound)
	}
	content, err := readFile(b.files, b.path(d), size)
	if err == nil && sha256.Sum256(content) == d {
		return content, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, ErrLimit) {
		return nil, explain("get blob", b.path(d), err)
	}
	if b.has(d) { // it was not merely deleted while we read
		err = fmt.Errorf("get blob: %w: %s has not the content that its name says; it was removed, so that it can be fetched from another gateway again",
			ErrCorrupt, b.path(d))
		return nil, errors.Join(err, b.remove(d))
	}
	return nil, fmt.Errorf("get blob %s: %w", d, ErrBlobNotFound)
}

func (b *blobs) has(d Digest) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.sizes[d]
	return ok
}

func (b *blobs) remove(d Digest) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	size, ok := b.sizes[d]
	if !ok || b.readOnly {
		return nil
	}
	if err := ignoreMissing(b.files.Remove(b.path(d))); err != nil {
		return explain("delete blob", b.path(d), err)
	}
	delete(b.sizes, d)
	b.total -= size
	return nil
}

// PutBlob keeps content and returns its digest. When it returns nil the blob is on disk; a step that refers to it is
// committed afterwards. Putting what is already there costs a hash. Errors wrap ErrBlobBudget, ErrLimit or ErrDiskFull;
// after them the store can be used further.
func (s *Store) PutBlob(content []byte) (Digest, error) {
	return guard(s, func() (Digest, error) { return s.blobs.put(content) })
}

// GetBlob returns a blob's content, which is checked against its digest, or an error that wraps ErrBlobNotFound. A file that
// does not match is removed and reported with ErrCorrupt: the blob can be fetched and put again.
func (s *Store) GetBlob(d Digest) ([]byte, error) {
	return guard(s, func() ([]byte, error) { return s.blobs.get(d) })
}

// HasBlob reports whether there is a blob of that digest, without reading it.
func (s *Store) HasBlob(d Digest) bool { return s.blobs.has(d) }

// DeleteBlob removes a blob; removing what is absent is no error. The room is free at once, but after a crash the blob may
// be back.
func (s *Store) DeleteBlob(d Digest) error {
	_, err := guard(s, func() (struct{}, error) { return struct{}{}, s.blobs.remove(d) })
	return err
}

// Blobs returns the digests of all blobs in rising order, so that those that nothing refers to can be found and deleted.
func (s *Store) Blobs() []Digest {
	s.blobs.mu.Lock()
	defer s.blobs.mu.Unlock()
	digests := make([]Digest, 0, len(s.blobs.sizes))
	for d := range s.blobs.sizes {
		digests = append(digests, d)
	}
	slices.SortFunc(digests, func(a, b Digest) int { return slices.Compare(a[:], b[:]) })
	return digests
}

// BlobBytes returns how much room all blobs together take.
func (s *Store) BlobBytes() int64 { return s.blobs.used() }
