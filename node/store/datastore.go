package store

import (
	"context"

	"github.com/ipfs/go-datastore"
	"github.com/ipfs/go-datastore/query"
	pebbleds "github.com/ipfs/go-ds-pebble"
)

// guarded is the datastore view. Its users, goroutines of libp2p, may outlive the store by a moment, when pebble would panic;
// so every call is refused once the store is closed or has failed. Datastore keys begin with a slash, which keeps them
// apart from the engine's.
type guarded struct {
	store *Store
	view  *pebbleds.Datastore
}

var _ datastore.Batching = (*guarded)(nil)

// guard runs one call on the view.
func guard[T any](s *Store, call func() (T, error)) (T, error) {
	if err := s.enter(); err != nil {
		var none T
		return none, err
	}
	defer s.leave()
	result, err := call()
	if failed := s.failure.check(); failed != nil {
		err = failed
	}
	return result, err
}

func (g *guarded) do(call func() error) error {
	_, err := guard(g.store, func() (struct{}, error) { return struct{}{}, call() })
	return err
}

// Get implements datastore.Read.
func (g *guarded) Get(ctx context.Context, key datastore.Key) ([]byte, error) {
	return guard(g.store, func() ([]byte, error) { return g.view.Get(ctx, key) })
}

// Has implements datastore.Read.
func (g *guarded) Has(ctx context.Context, key datastore.Key) (bool, error) {
	return guard(g.store, func() (bool, error) { return g.view.Has(ctx, key) })
}

// GetSize implements datastore.Read.
func (g *guarded) GetSize(ctx context.Context, key datastore.Key) (int, error) {
	size, err := guard(g.store, func() (int, error) { return g.view.GetSize(ctx, key) })
	if err != nil {
		return -1, err
	}
	return size, nil
}

// Query implements datastore.Read. Results are gathered before it returns, so that no iterator outlives the call and keeps
// the store from closing; what peers and DHT keep here is small.
func (g *guarded) Query(ctx context.Context, q query.Query) (query.Results, error) {
	return guard(g.store, func() (query.Results, error) {
		results, err := g.view.Query(ctx, q)
		if err != nil {
			return nil, err
		}
		entries, err := results.Rest()
		if err != nil {
			return nil, err
		}
		return query.ResultsWithEntries(q, entries), nil
	})
}

// Put implements datastore.Write.
func (g *guarded) Put(ctx context.Context, key datastore.Key, value []byte) error {
	return g.do(func() error { return g.view.Put(ctx, key, value) })
}

// Delete implements datastore.Write.
func (g *guarded) Delete(ctx context.Context, key datastore.Key) error {
	return g.do(func() error { return g.view.Delete(ctx, key) })
}

// Sync implements datastore.Datastore: everything written before is on disk when it returns nil.
func (g *guarded) Sync(ctx context.Context, prefix datastore.Key) error {
	return g.do(func() error { return g.view.Sync(ctx, prefix) })
}

// Batch implements datastore.Batching.
func (g *guarded) Batch(ctx context.Context) (datastore.Batch, error) {
	batch, err := guard(g.store, func() (datastore.Batch, error) { return g.view.Batch(ctx) })
	if err != nil {
		return nil, err
	}
	return &guardedBatch{g, batch}, nil
}

// Close does nothing: the database belongs to the store.
func (g *guarded) Close() error { return nil }

type guardedBatch struct {
	guarded *guarded
	batch   datastore.Batch
}

// Put implements datastore.Write.
func (b *guardedBatch) Put(ctx context.Context, key datastore.Key, value []byte) error {
	return b.guarded.do(func() error { return b.batch.Put(ctx, key, value) })
}

// Delete implements datastore.Write.
func (b *guardedBatch) Delete(ctx context.Context, key datastore.Key) error {
	return b.guarded.do(func() error { return b.batch.Delete(ctx, key) })
}

// Commit implements datastore.Batch.
func (b *guardedBatch) Commit(ctx context.Context) error {
	return b.guarded.do(func() error { return b.batch.Commit(ctx) })
}
