package store

import (
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ledgerofthings/lot/node/store/storetest"
)

func TestBlobs(t *testing.T) {
	files := vfs.NewMem()
	s := open(t, "data", Options{FS: files, Budget: Budget{Blobs: 100}})
	content := []byte("an encrypted batch")
	digest, err := s.PutBlob(content)
	if err != nil || digest != sha256.Sum256(content) {
		t.Fatalf("%v, want %x, %v", digest, sha256.Sum256(content), err)
	}
	if _, err := s.PutBlob(content); err != nil || s.BlobBytes() != int64(len(content)) {
		t.Fatalf("put twice: %d bytes, %v", s.BlobBytes(), err)
	}
	other, err := s.PutBlob(make([]byte, 100-len(content)))
	if err != nil {
		t.Fatal("budget is not used up:", err)
	}
	if _, err := s.PutBlob([]byte{1}); !errors.Is(err, ErrBlobBudget) {
		t.Fatal("over budget:", err)
	}
	if err := errors.Join(s.DeleteBlob(other), s.DeleteBlob(other)); err != nil || s.HasBlob(other) || s.BlobBytes() != int64(len(content)) {
		t.Fatal("delete:", err, s.BlobBytes())
	}
	if _, err := s.GetBlob(other); !errors.Is(err, ErrBlobNotFound) {
		t.Fatal("deleted:", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, "data", Options{FS: files})
	if got, err := again.GetBlob(digest); err != nil || string(got) != string(content) {
		t.Fatalf("reopened: %q, %v", got, err)
	}
	if list := again.Blobs(); len(list) != 1 || list[0] != digest {
		t.Fatal(list)
	}
}

func TestDamagedBlobIsReportedAndCanBePutAgain(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	content := []byte("an encrypted batch")
	for name, harm := range map[string]func(path string) error{
		"changed":   func(path string) error { return os.WriteFile(path, []byte("an encrypted botch"), 0o600) },
		"longer":    func(path string) error { return os.WriteFile(path, append([]byte("x"), content...), 0o600) },
		"truncated": func(path string) error { return os.Truncate(path, 3) },
		"removed":   os.Remove,
	} {
		digest, err := s.PutBlob(content)
		if err != nil {
			t.Fatal(name, err)
		}
		if err := harm(filepath.Join(dir, "blobs", digest.String())); err != nil {
			t.Fatal(err)
		}
		if _, err := s.GetBlob(digest); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
		if s.HasBlob(digest) || s.BlobBytes() != 0 {
			t.Errorf("%s: still counted", name)
		}
	}
}

// A blob whose put returned is there after a crash; whatever is there has the content its name says.
func TestCrashDuringPutBlob(t *testing.T) {
	for n := range 40 {
		disk := storetest.NewDisk()
		s := open(t, "data", Options{FS: disk.FS})
		var files *vfs.MemFS
		var done []Digest
		disk.CrashAt(n, func() { files = disk.Photo(rand.New(rand.NewPCG(uint64(n), 4)), n%3*50) })
		for i := range byte(10) {
			digest, err := s.PutBlob([]byte{i})
			if err != nil {
				t.Fatal(err)
			}
			if files == nil {
				done = append(done, digest)
			}
		}
		if files == nil {
			t.Fatalf("no crash at operation %d", n)
		}
		again := open(t, "data", Options{FS: files})
		for _, digest := range append(done, again.Blobs()...) {
			if _, err := again.GetBlob(digest); err != nil {
				t.Fatalf("crash at operation %d: %v", n, err)
			}
		}
		names, err := files.List("data/blobs")
		if err != nil || len(names) != len(again.Blobs()) {
			t.Fatalf("crash at operation %d: left over: %v, %v", n, names, err)
		}
	}
}
