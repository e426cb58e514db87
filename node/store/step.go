package store

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// Limits of what a step may write, in bytes.
const (
	// MaxKey is the longest key.
	MaxKey = 256
	// MaxValue is the largest value.
	MaxValue = 4 << 20
	// MaxStep bounds all keys and values that one step writes. A step cannot be split, and when the order goes on after an
	// outage one step writes some 300 bytes for every event of it; so this is far above what a machine could have kept of
	// these events in memory, and below what a batch of the database takes (4 GiB, and an int of 32 bits).
	MaxStep = 1 << 30
)

// Step collects the writes of one step and makes them durable together. It is an engine.Storage whose reads see its own
// writes. It belongs to one goroutine. Two open steps do not see each other, and of two that write one key the later commit
// wins, so whoever reads and then writes keeps one step open at a time.
type Step struct {
	store *Store
	where Range
	batch *pebble.Batch
	size  int
	err   error  // of the first refused write; Commit returns it
	key   []byte // scratch: the key as the database has it
}

// Begin opens a step of the engine. End it by Commit or Discard; after either it is empty and may be used for the next step,
// which saves allocating its buffers again.
func (s *Store) Begin() *Step { return s.BeginIn(Engine) }

// BeginIn opens a step of any range, as Begin does.
func (s *Store) BeginIn(where Range) *Step { return &Step{store: s, where: where} }

// PutBlob implements engine.Storage. The blob is on disk at once.
func (t *Step) PutBlob(digest [32]byte, content []byte) error {
	put, err := t.store.PutBlob(content)
	if err == nil && put != digest {
		err = fmt.Errorf("put blob: content has digest %s, not %s", put, Digest(digest))
	}
	return err
}

// GetBlob implements engine.Storage. A blob that was damaged counts as absent: it can be fetched again.
func (t *Step) GetBlob(digest [32]byte) ([]byte, error) {
	content, err := t.store.GetBlob(digest)
	if errors.Is(err, ErrBlobNotFound) || errors.Is(err, ErrCorrupt) {
		return nil, nil
	}
	return content, err
}

// ready returns the batch of a step that has begun.
func (t *Step) ready() *pebble.Batch {
	if t.batch == nil {
		t.batch = t.store.db.NewIndexedBatch()
	}
	return t.batch
}

// full returns the key as the database has it. It is valid until the next call.
func (t *Step) full(key []byte) []byte {
	t.key = t.where.key(t.key[:0], key)
	return t.key
}

// Get implements engine.Storage. The caller owns the slice.
func (t *Step) Get(key []byte) ([]byte, error) {
	if err := t.store.enter(); err != nil {
		return nil, err
	}
	defer t.store.leave()
	if t.batch == nil {
		return t.store.get(t.store.db, t.full(key))
	}
	return t.store.get(t.batch, t.full(key))
}

// Scan implements engine.Storage. Writes that visit makes are not seen by the scan that is running.
func (t *Step) Scan(prefix, from []byte, visit func(key, value []byte) bool) error {
	if err := t.store.enter(); err != nil {
		return err
	}
	defer t.store.leave()
	if t.batch == nil {
		return t.store.scan(t.store.db, t.where, prefix, from, visit)
	}
	return t.store.scan(t.batch, t.where, prefix, from, visit)
}

// Put implements engine.Storage. Key and value are copied. What exceeds a limit makes Commit fail with ErrLimit.
func (t *Step) Put(key, value []byte) {
	if t.admit(key, value) {
		t.note(t.ready().Set(t.full(key), value, nil))
	}
}

// Delete implements engine.Storage.
func (t *Step) Delete(key []byte) {
	if t.admit(key, nil) {
		t.note(t.ready().Delete(t.full(key), nil))
	}
}

// admit checks the limits and that the store may be written.
func (t *Step) admit(key, value []byte) bool {
	if t.err != nil {
		return false
	}
	t.size += len(key) + len(value)
	switch {
	case t.store.options.ReadOnly:
		t.err = fmt.Errorf("%w: %s", ErrReadOnly, t.store.dir)
	case len(key) > MaxKey:
		t.err = fmt.Errorf("%w: key of %d bytes, at most %d are allowed", ErrLimit, len(key), MaxKey)
	case len(value) > MaxValue:
		t.err = fmt.Errorf("%w: value of %d bytes at key %x, at most %d are allowed", ErrLimit, len(value), key, MaxValue)
	case t.size > MaxStep:
		t.err = fmt.Errorf("%w: more than %d bytes in one step", ErrLimit, MaxStep)
	}
	return t.err == nil
}

func (t *Step) note(err error) {
	if t.err == nil && err != nil {
		t.err = explain("write to", t.store.dir, err)
	}
}

// Commit makes the step durable and empties it. When it returns nil all of the step is on disk. On an error nothing of the
// step counts: errors that wrap ErrLimit or ErrReadOnly come before anything was written, and the store can be used
// further; one that wraps ErrFailed means that the disk refused, and whether the step is there is known only when the
// folder is opened again. A step without writes costs nothing.
func (t *Step) Commit() error { return t.commit(pebble.Sync) }

// Append makes the step part of what later steps and the next opening find, and empties it, without waiting for the disk:
// until a later Commit returns, a power cut may take it back, together with all that came after it and never without. It
// is for steps of which nobody outside was told anything. Errors are those of Commit.
func (t *Step) Append() error { return t.commit(pebble.NoSync) }

func (t *Step) commit(options *pebble.WriteOptions) error {
	defer t.Discard()
	if err := t.store.enter(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	defer t.store.leave()
	if t.err != nil {
		return fmt.Errorf("commit: %w", t.err)
	}
	if t.batch == nil {
		return nil
	}
	err := t.batch.Commit(options)
	if err != nil {
		t.store.failure.fail(err)
	}
	if err := t.store.failure.check(); err != nil { // pebble returns nil after a failed write
		t.batch = nil // it may still stand in pebble's queue
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// Discard forgets the step's writes and empties it.
func (t *Step) Discard() {
	if t.batch != nil {
		// Closing returns the buffers to pebble's pool, from where the next batch takes them.
		_ = t.batch.Close()
	}
	t.batch, t.size, t.err = nil, 0, nil
}

// get reads a key as the database has it.
func (s *Store) get(from pebble.Reader, key []byte) ([]byte, error) {
	value, closer, err := from.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, explain("read", s.dir, err)
	}
	out := append(make([]byte, 0, len(value)), value...) // an empty value is not nil
	return out, explain("read", s.dir, closer.Close())
}

// scan visits entries of a range.
func (s *Store) scan(source pebble.Reader, where Range, prefix, from []byte, visit func(key, value []byte) bool) (err error) {
	lower := where.key(nil, prefix)
	bounds := &pebble.IterOptions{LowerBound: lower, UpperBound: successor(lower)}
	if start := where.key(nil, from); string(start) > string(lower) {
		bounds.LowerBound = start
	}
	iterator, err := source.NewIter(bounds)
	if err != nil {
		return explain("read", s.dir, err)
	}
	defer func() {
		if closing := iterator.Close(); err == nil {
			err = explain("read", s.dir, closing)
		}
	}()
	for ok := iterator.First(); ok; ok = iterator.Next() {
		value, err := iterator.ValueAndErr()
		if err != nil {
			return explain("read", s.dir, err)
		}
		if !visit(iterator.Key()[1:], value) {
			return nil
		}
	}
	return nil
}

// successor returns the least key above all keys with the prefix. The prefix begins with a range, so there is one.
func successor(prefix []byte) []byte {
	for i := len(prefix) - 1; ; i-- {
		if prefix[i] != 0xff {
			return append(append([]byte{}, prefix[:i]...), prefix[i]+1)
		}
	}
}
