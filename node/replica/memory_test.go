package replica

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"

	"github.com/ledgerofthings/lot/node/store"
)

// memory is Blobs in memory.
type memory struct {
	mu      sync.Mutex
	content map[Digest][]byte
}

func newMemory() *memory { return &memory{content: map[Digest][]byte{}} }

func (m *memory) put(content []byte) Digest {
	d := Digest(sha256.Sum256(content))
	m.mu.Lock()
	defer m.mu.Unlock()
	m.content[d] = content
	return d
}

func (m *memory) wipe() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.content)
}

func (m *memory) get(d Digest) ([]byte, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	content, ok := m.content[d]
	return content, ok
}

// Has implements Blobs.
func (m *memory) Has(d Digest) bool { _, ok := m.get(d); return ok }

// Size implements Blobs.
func (m *memory) Size(d Digest) (int64, bool) {
	content, ok := m.get(d)
	return int64(len(content)), ok
}

// Slice implements Blobs.
func (m *memory) Slice(d Digest, offset, length int64) ([]byte, error) {
	content, ok := m.get(d)
	if !ok {
		return nil, store.ErrBlobNotFound
	}
	if offset+length > int64(len(content)) {
		return nil, store.ErrLimit
	}
	return content[offset : offset+length], nil
}

// Verify implements Blobs.
func (m *memory) Verify(d Digest, offset, length int64) ([]byte, error) {
	content, ok := m.get(d)
	if ok && sha256.Sum256(content) != d {
		_ = m.Delete(d)
		return nil, store.ErrCorrupt
	}
	return m.Slice(d, offset, length)
}

// Delete implements Blobs.
func (m *memory) Delete(d Digest) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.content, d)
	return nil
}

// Digests implements Blobs.
func (m *memory) Digests() (list []Digest) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for d := range m.content {
		list = append(list, d)
	}
	slices.SortFunc(list, compareDigests)
	return list
}

// Create implements Blobs.
func (m *memory) Create(d Digest, size int64) (Incoming, error) {
	return &arriving{memory: m, digest: d, size: size}, nil
}

// arriving is Incoming in memory.
type arriving struct {
	memory  *memory
	digest  Digest
	size    int64
	content []byte
}

// Write implements Incoming.
func (a *arriving) Write(piece []byte) (int, error) {
	a.content = append(a.content, piece...)
	return len(piece), nil
}

// Finish implements Incoming.
func (a *arriving) Finish() error {
	if int64(len(a.content)) != a.size || sha256.Sum256(a.content) != a.digest {
		return fmt.Errorf("%w: %d bytes", store.ErrCorrupt, len(a.content))
	}
	a.memory.put(a.content)
	return nil
}

// Abort implements Incoming.
func (a *arriving) Abort() error { return nil }
