// Package memstore is the store of a node that lives in memory: for tests, and for simulations of thousands of nodes, which
// it costs little more than what they write. It behaves as package store does, and forgets on request as a crash would.
package memstore

import (
	"maps"
	"strings"

	"github.com/RaduBerinde/btreemap"
)

// degree of the trees: nodes of 15 to 31 entries.
const degree = 16

type tree = btreemap.BTreeMap[string, []byte]

func newTree() *tree { return btreemap.New[string, []byte](degree, strings.Compare) }

// Memory is an engine.Storage in memory with the current step's writes on top of what was committed. It is not safe for
// concurrent use.
type Memory struct {
	committed *tree
	pending   *tree // nil values are deletions
	blobs     map[[32]byte][]byte
	size      int // of keys and values put since the last commit, in bytes
	largest   int // step, by that measure
}

// New returns an empty store.
func New() *Memory {
	return &Memory{committed: newTree(), pending: newTree(), blobs: map[[32]byte][]byte{}}
}

// Get implements engine.Storage. The caller must not change the slice.
func (m *Memory) Get(key []byte) ([]byte, error) {
	if _, value, ok := m.pending.Get(string(key)); ok {
		return value, nil
	}
	_, value, _ := m.committed.Get(string(key))
	return value, nil
}

// Put implements engine.Storage. Key and value are copied.
func (m *Memory) Put(key, value []byte) {
	m.size += len(key) + len(value)
	m.pending.ReplaceOrInsert(string(key), append(make([]byte, 0, len(value)), value...))
}

// Delete implements engine.Storage.
func (m *Memory) Delete(key []byte) {
	m.size += len(key)
	m.pending.ReplaceOrInsert(string(key), nil)
}

// Commit makes the step's writes part of what survives a crash. It never fails; the result is for symmetry with the disk.
func (m *Memory) Commit() error {
	for key, value := range m.pending.Ascend(btreemap.Min[string](), btreemap.Max[string]()) {
		if value == nil {
			m.committed.Delete(key)
		} else {
			m.committed.ReplaceOrInsert(key, value)
		}
	}
	m.largest = max(m.largest, m.size)
	m.Discard()
	return nil
}

// Discard forgets the writes since the last commit.
func (m *Memory) Discard() {
	m.size = 0
	if m.pending.Len() > 0 {
		m.pending = newTree()
	}
}

// Crash leaves what a restarted process finds: all that was committed, nothing else.
func (m *Memory) Crash() { m.Discard() }

// Clone returns a copy of what is committed, as an operator copies a folder. Both share memory until they change.
func (m *Memory) Clone() *Memory {
	return &Memory{committed: m.committed.Clone(), pending: newTree(), blobs: maps.Clone(m.blobs)}
}

// PutBlob implements engine.Storage. It is kept at once, like the file that it is on disk.
func (m *Memory) PutBlob(digest [32]byte, content []byte) error {
	m.blobs[digest] = append([]byte{}, content...)
	return nil
}

// GetBlob implements engine.Storage. The caller must not change the slice.
func (m *Memory) GetBlob(digest [32]byte) ([]byte, error) { return m.blobs[digest], nil }

// LargestStep returns the size of the largest committed step, in bytes of keys and values as package store counts them.
func (m *Memory) LargestStep() int { return m.largest }

// Len returns the number of committed entries.
func (m *Memory) Len() int { return m.committed.Len() }

// Scan implements engine.Storage. Writes that visit makes are not seen by the scan that is running.
func (m *Memory) Scan(prefix, from []byte, visit func(key, value []byte) bool) error {
	start := max(string(prefix), string(from))
	keep := func(key string, value []byte) bool { return value == nil || visit([]byte(key), value) }
	base, over := cursor{tree: m.committed, prefix: string(prefix)}, cursor{tree: m.pending, prefix: string(prefix)}
	if m.pending.Len() > 0 {
		over.tree = m.pending.Clone() // cheap, and visit may write
	}
	base.seek(start)
	over.seek(start)
	for base.ok || over.ok {
		next := &over
		if !over.ok || base.ok && base.key < over.key {
			next = &base
		} else if base.ok && base.key == over.key {
			base.step() // hidden by the step's own write
		}
		key, value := next.key, next.value
		next.step()
		if !keep(key, value) {
			return nil
		}
	}
	return nil
}

// DeleteRange implements engine.Storage: it removes every key from from on and below to.
func (m *Memory) DeleteRange(from, to []byte) {
	if string(from) >= string(to) {
		return
	}
	m.size += len(from) + len(to)
	var keys []string
	for _, t := range []*tree{m.committed, m.pending} {
		for key := range t.Ascend(btreemap.GE(string(from)), btreemap.LT(string(to))) {
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		m.pending.ReplaceOrInsert(key, nil)
	}
}
