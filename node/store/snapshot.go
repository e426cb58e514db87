package store

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"

	"github.com/cockroachdb/pebble/v2"
)

// Snapshot is what was committed at one moment, whatever is written later. Blobs are not held: one that is deleted
// meanwhile is missing. While a snapshot is open the database keeps what it shows, so close it soon. Its methods may be
// called from any goroutine, until Close.
type Snapshot struct {
	store *Store
	view  *pebble.Snapshot
}

// Snapshot opens a snapshot of what is committed now. Closing the store closes it too.
func (s *Store) Snapshot() (*Snapshot, error) {
	if err := s.enter(); err != nil {
		return nil, fmt.Errorf("snapshot: %w", err)
	}
	defer s.leave()
	snapshot := &Snapshot{store: s, view: s.db.NewSnapshot()}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.snapshots == nil {
		s.snapshots = map[*Snapshot]struct{}{}
	}
	s.snapshots[snapshot] = struct{}{}
	return snapshot, nil
}

// enter starts a use of the snapshot; store.leave ends it.
func (n *Snapshot) enter() error {
	if err := n.store.enter(); err != nil {
		return err
	}
	n.store.mu.Lock()
	_, open := n.store.snapshots[n]
	n.store.mu.Unlock()
	if !open {
		n.store.leave()
		return fmt.Errorf("%w: the snapshot of %s", ErrClosed, n.store.dir)
	}
	return nil
}

// Get returns the value that the engine's key had, or nil if there was none. The caller owns the slice.
func (n *Snapshot) Get(key []byte) ([]byte, error) {
	if err := n.enter(); err != nil {
		return nil, err
	}
	defer n.store.leave()
	return n.store.get(n.view, Engine.key(nil, key))
}

// Scan visits the engine's entries as engine.Storage describes it.
func (n *Snapshot) Scan(prefix, from []byte, visit func(key, value []byte) bool) error {
	return n.ScanIn(Engine, prefix, from, visit)
}

// ScanIn is Scan for any range.
func (n *Snapshot) ScanIn(where Range, prefix, from []byte, visit func(key, value []byte) bool) error {
	if err := n.enter(); err != nil {
		return err
	}
	defer n.store.leave()
	return n.store.scan(n.view, where, prefix, from, visit)
}

// Blob returns the content of one of the gateway's batches, which is checked against its digest. Unlike Store.GetBlob it leaves a damaged file where it
// is. The error wraps ErrBlobNotFound or ErrCorrupt, or is the operating system's.
func (n *Snapshot) Blob(d Digest) ([]byte, error) {
	if err := n.enter(); err != nil {
		return nil, err
	}
	defer n.store.leave()
	return n.store.batches.peek(d)
}

// BlobSize returns the size of a blob in bytes, as it was when it was put; 0 if there is none.
func (n *Snapshot) BlobSize(d Digest) int64 {
	size, _ := n.store.batches.Size(d)
	return size
}

// Close lets go of the snapshot; no other call may be running. It may be called again.
func (n *Snapshot) Close() error {
	n.store.mu.Lock()
	_, open := n.store.snapshots[n]
	delete(n.store.snapshots, n)
	n.store.mu.Unlock()
	if !open {
		return nil
	}
	return explain("close a snapshot of", n.store.dir, n.view.Close())
}

// closeSnapshots closes those that are left when the store closes: the database refuses to close before.
func (s *Store) closeSnapshots() (err error) {
	s.mu.Lock()
	left := make([]*Snapshot, 0, len(s.snapshots))
	for snapshot := range s.snapshots {
		left = append(left, snapshot)
	}
	s.mu.Unlock()
	for _, snapshot := range left {
		err = errors.Join(err, snapshot.Close())
	}
	return err
}

// peek reads a blob and changes nothing, whatever it finds.
func (b *Blobs) peek(d Digest) ([]byte, error) {
	content, err := readFile(b.files, b.path(d), MaxBlob)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("get blob %s: %w", d, ErrBlobNotFound)
	case errors.Is(err, ErrLimit), err == nil && sha256.Sum256(content) != d:
		return nil, fmt.Errorf("get blob: %w: %s has not the content that its name says", ErrCorrupt, b.path(d))
	case err != nil:
		return nil, explain("get blob", b.path(d), err)
	}
	return content, nil
}
