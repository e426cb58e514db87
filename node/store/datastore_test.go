package store

import (
	"errors"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ipfs/go-datastore"
	"github.com/ipfs/go-datastore/query"
	dstest "github.com/ipfs/go-datastore/test"
)

func keyOf(s string) datastore.Key { return datastore.NewKey(s) }

// The datastore passes the suite of its interface's authors.
func TestDatastoreSuite(t *testing.T) {
	view, err := open(t, "data", Options{FS: vfs.NewMem()}).Datastore()
	if err != nil {
		t.Fatal(err)
	}
	dstest.SubtestAll(t, view)
}

// Engine and datastore share the database but see nothing of each other.
func TestDatastoreIsApart(t *testing.T) {
	s := open(t, "data", Options{FS: vfs.NewMem()})
	view, err := s.Datastore()
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, "/a", "engine")
	if err := view.Put(t.Context(), keyOf("/b"), []byte("peers")); err != nil {
		t.Fatal(err)
	}
	if got := dump(t, s, nil, nil, 10); len(got) != 1 {
		t.Fatalf("the engine sees %v", got)
	}
	if _, err := view.Get(t.Context(), keyOf("/a")); !errors.Is(err, datastore.ErrNotFound) {
		t.Fatalf("the datastore sees the engine's: %v", err)
	}
	results, err := view.Query(t.Context(), query.Query{})
	if err != nil {
		t.Fatal(err)
	}
	if entries, err := results.Rest(); err != nil || len(entries) != 1 || entries[0].Key != "/b" {
		t.Fatal(entries, err)
	}
}
