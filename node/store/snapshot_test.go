package store

import (
	"errors"
	"os"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

func TestSnapshotShowsOneMoment(t *testing.T) {
	s := open(t, "data", Options{FS: vfs.NewMem()})
	put(t, s, "a", "old")
	snapshot, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, "a", "new")
	put(t, s, "b", "later")
	if value, err := snapshot.Get([]byte("a")); err != nil || string(value) != "old" {
		t.Errorf("a is %q, %v", value, err)
	}
	if got := dump(t, snapshot, nil, nil, 10); len(got) != 1 {
		t.Errorf("the snapshot shows %v", got)
	}
	for range 2 {
		if err := snapshot.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := snapshot.Get([]byte("a")); !errors.Is(err, ErrClosed) {
		t.Errorf("after its end: %v", err)
	}
}

func TestStoreClosesItsSnapshots(t *testing.T) {
	s, err := Open("data", Options{FS: vfs.NewMem()})
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := snapshot.Scan(nil, nil, func(_, _ []byte) bool { return true }); !errors.Is(err, ErrClosed) {
		t.Errorf("after the store's end: %v", err)
	}
	if err := snapshot.Close(); err != nil {
		t.Error(err)
	}
}

// A backup must not change what it looks at.
func TestSnapshotLeavesDamagedBlobs(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	digest, err := s.PutBlob([]byte("content"))
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if content, err := snapshot.Blob(digest); err != nil || string(content) != "content" {
		t.Fatalf("%q, %v", content, err)
	}
	path := s.batches.path(digest)
	if err := os.WriteFile(path, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := snapshot.Blob(digest); !errors.Is(err, ErrCorrupt) {
		t.Errorf("damaged: %v", err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	if _, err := snapshot.Blob(Digest{}); !errors.Is(err, ErrBlobNotFound) {
		t.Errorf("missing: %v", err)
	}
}
