package archive

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/ledgerofthings/lot/node/store"
)

// plug is a file system of which it is known what the disk has when the power is cut at an operation: what was not synced by
// then may be lost. It works on, so that what runs comes to its end.
type plug struct {
	mu    sync.Mutex
	files *vfs.MemFS
	done  int
	at    int
	photo *vfs.MemFS
}

func (p *plug) inject(op errorfs.Op) error {
	if op.Kind.ReadOrWrite() == errorfs.OpIsRead {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done++; p.done == p.at {
		p.photo = p.files.CrashClone(vfs.CrashCloneCfg{
			UnsyncedDataPercent: p.at % 3 * 50, RNG: rand.New(rand.NewPCG(uint64(p.at), 2)),
		})
	}
	return nil
}

// root makes a file system with a folder.
func root(t *testing.T) *vfs.MemFS {
	t.Helper()
	files := vfs.NewCrashableMem()
	if err := files.MkdirAll("root", 0o700); err != nil {
		t.Fatal(err)
	}
	d, err := files.OpenDir("")
	if err == nil {
		err = errors.Join(d.Sync(), d.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// cut restores on a disk and returns what is on it when the power is cut at an operation; nil if there are fewer.
func cut(t *testing.T, file []byte, at int, dir string) (left *vfs.MemFS, operations int) {
	t.Helper()
	p := &plug{files: root(t), at: at}
	o := restoring(file, dir)
	o.FS = errorfs.Wrap(p.files, errorfs.InjectorFunc(p.inject))
	if _, _, err := Restore(o); err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.photo, p.done
}

// A disk that is full at any write makes the restore fail, and once there is room it goes well.
func TestRestoreSurvivesFullDisks(t *testing.T) {
	original := openStore(t, t.TempDir(), store.Options{})
	if _, err := original.PutBlob([]byte("batch")); err != nil {
		t.Fatal(err)
	}
	file, want := backup(t, original, About{Batches: true}), content(t, original)
	const dir = "root/new"
	for at, failed := 1, true; failed; at++ {
		var writes atomic.Int64
		var full atomic.Bool
		full.Store(true)
		files := root(t)
		o := restoring(file, dir)
		o.FS = errorfs.Wrap(files, errorfs.InjectorFunc(func(op errorfs.Op) error {
			if strings.Contains(op.Path, "/db/") { // package store tells what a full disk does to the database
				return nil
			}
			if full.Load() && (op.Kind == errorfs.OpFileWrite || op.Kind == errorfs.OpCreate) && writes.Add(1) >= int64(at) {
				return syscall.ENOSPC
			}
			return nil
		}))
		_, _, err := Restore(o)
		if failed = err != nil; !failed {
			continue
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("full at write %d: %v", at, err)
		}
		full.Store(false)
		if _, _, err := Restore(o); err != nil {
			t.Fatalf("after it was full at write %d: %v", at, err)
		}
		checkRestored(t, files, dir, want, at)
	}
}

// A kill or a power cut after any operation leaves nothing or all of the wanted folder, and restoring again gives all.
func TestRestoreSurvivesPowerCuts(t *testing.T) {
	original := openStore(t, t.TempDir(), store.Options{})
	step := original.Begin()
	step.Put([]byte("dsome"), bytes.Repeat([]byte{1}, 100))
	if _, err := original.PutBlob([]byte("batch")); err != nil {
		t.Fatal(err)
	}
	if err := step.Commit(); err != nil {
		t.Fatal(err)
	}
	file, want := backup(t, original, About{Batches: true}), content(t, original)
	const dir = "root/new"
	_, operations := cut(t, file, 1<<30, dir)
	if operations < 30 {
		t.Fatalf("only %d operations", operations)
	}
	for at := 1; at <= operations; at++ {
		left, _ := cut(t, file, at, dir)
		if left == nil {
			continue // it needed fewer operations this time: the database works in the background
		}
		if _, err := left.Stat(dir); err == nil {
			checkRestored(t, left, dir, want, at)
			continue
		}
		again := restoring(file, dir)
		again.FS = left
		if _, _, err := Restore(again); err != nil {
			t.Fatalf("again after a cut at operation %d: %v", at, err)
		}
		checkRestored(t, left, dir, want, at)
	}
}

func checkRestored(t *testing.T, files *vfs.MemFS, dir string, want []string, at int) {
	t.Helper()
	s, err := store.Open(files.PathJoin(dir, "data"), store.Options{FS: files})
	if err != nil {
		t.Fatalf("after a cut at operation %d: %v", at, err)
	}
	defer s.Close()
	if got := content(t, s); !slices.Equal(got, want) {
		t.Fatalf("after a cut at operation %d: %q, want %q", at, got, want)
	}
	if mark, err := s.Get([]byte(RestoredKey)); err != nil || mark == nil {
		t.Fatalf("after a cut at operation %d: no mark, %v", at, err)
	}
	if _, err := files.Stat(files.PathJoin(dir, "vault.age")); err != nil {
		t.Fatalf("after a cut at operation %d: %v", at, err)
	}
}
