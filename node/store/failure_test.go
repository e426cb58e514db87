package store

import (
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// failingFS returns files whose writing operations on names that contain match fail once the returned switch is on.
func failingFS(files vfs.FS, match string, with error) (vfs.FS, *atomic.Bool) {
	on := new(atomic.Bool)
	return errorfs.Wrap(files, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if on.Load() && op.Kind.ReadOrWrite() == errorfs.OpIsWrite && op.Kind != errorfs.OpFileClose && strings.Contains(op.Path, match) {
			return with
		}
		return nil
	})), on
}

func TestFailedCommitStopsTheStore(t *testing.T) {
	memory := vfs.NewCrashableMem()
	files, broken := failingFS(memory, ".log", syscall.ENOSPC)
	fatal := make(chan error, 2)
	s, err := Open("data", Options{FS: files, Fatal: func(err error) { fatal <- err }, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	step := s.Begin()
	step.Put([]byte("before"), []byte("kept"))
	if err := step.Commit(); err != nil {
		t.Fatal(err)
	}
	broken.Store(true)
	step.Put([]byte("after"), []byte("refused"))
	err = step.Commit()
	if !errors.Is(err, ErrFailed) || !errors.Is(err, ErrDiskFull) || !strings.Contains(err.Error(), "free space") {
		t.Fatalf("commit on a full disk: %v", err)
	}
	if got := <-fatal; !errors.Is(got, ErrDiskFull) {
		t.Fatalf("Fatal got %v", got)
	}
	broken.Store(false)
	step.Put([]byte("later"), []byte("refused too"))
	if err := step.Commit(); !errors.Is(err, ErrFailed) {
		t.Fatalf("commit after a failed one: %v", err)
	}
	if _, err := s.Get([]byte("before")); !errors.Is(err, ErrFailed) {
		t.Fatalf("get after a failed commit: %v", err)
	}
	if err := s.Err(); !errors.Is(err, ErrFailed) {
		t.Fatalf("Err: %v", err)
	}
	t.Log(err)
	_ = s.Close()

	again, err := Open("data", Options{FS: memory.CrashClone(vfs.CrashCloneCfg{})})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if got, err := again.Get([]byte("before")); err != nil || string(got) != "kept" {
		t.Fatalf("after reopening: %q, %v", got, err)
	}
	if got, _ := again.Get([]byte("after")); got != nil {
		t.Fatalf("a step whose commit failed is there: %q", got)
	}
}

func TestReopenInTheSameProcessAfterFailure(t *testing.T) {
	dir := t.TempDir()
	files, broken := failingFS(vfs.Default, ".log", syscall.EIO)
	s, err := Open(dir, Options{FS: files, Fatal: func(error) {}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	broken.Store(true)
	step := s.Begin()
	step.Put([]byte("k"), []byte("v"))
	if err := step.Commit(); !errors.Is(err, ErrFailed) || errors.Is(err, ErrDiskFull) {
		t.Fatalf("commit on a broken disk: %v", err)
	}
	broken.Store(false)
	_ = s.Close()
	again := open(t, dir, Options{})
	if got, err := again.Get([]byte("k")); err != nil || got != nil {
		t.Fatalf("%q, %v", got, err)
	}
}

func TestFullDiskDuringFlushStopsTheStore(t *testing.T) {
	files, broken := failingFS(vfs.NewMem(), ".sst", syscall.ENOSPC)
	failed := make(chan error, 1)
	s, err := Open("data", Options{FS: files, Fatal: func(err error) { failed <- err }, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	broken.Store(true)
	step := s.Begin()
	for i := byte(0); ; i++ { // until the write buffer is full and is flushed
		step.Put([]byte{i}, make([]byte, MaxValue/2))
		if err := step.Commit(); err != nil {
			if !errors.Is(err, ErrDiskFull) {
				t.Fatal(err)
			}
			break
		}
		if s.Err() != nil {
			break
		}
	}
	if err := <-failed; !errors.Is(err, ErrFailed) || !errors.Is(err, ErrDiskFull) {
		t.Fatal(err)
	}
	broken.Store(false)
}

func TestOpenOnFullDisk(t *testing.T) {
	files, broken := failingFS(vfs.NewMem(), "", syscall.ENOSPC)
	broken.Store(true)
	if _, err := Open("data", Options{FS: files}); !errors.Is(err, ErrDiskFull) {
		t.Fatal(err)
	}
}
