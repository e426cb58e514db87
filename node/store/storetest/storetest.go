// Package storetest helps to test that what was acknowledged survives a crash. It works beneath the store, on the file
// system, so it serves for a store alone as well as for a whole node that is opened on a file system of its own.
package storetest

import (
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// Disk is a file system in memory that can be photographed at any of its operations, as a power cut at that moment would
// leave it: with all that was synced, and with a random part of what was not.
type Disk struct {
	vfs.FS
	memory *vfs.MemFS

	mu         sync.Mutex
	operations int
	at         int
	crash      func()
}

// NewDisk returns an empty disk.
func NewDisk() *Disk { return DiskOn(vfs.NewCrashableMem()) }

// DiskOn returns a disk with the content of a photo.
func DiskOn(memory *vfs.MemFS) *Disk {
	d := &Disk{memory: memory, at: -1}
	d.FS = errorfs.Wrap(memory, errorfs.InjectorFunc(d.watch))
	return d
}

// CrashAt calls crash once, just before the n-th writing operation from now (0: the next one), on the goroutine that is about
// to do it. There crash takes a Photo; it must not use the disk otherwise.
func (d *Disk) CrashAt(n int, crash func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at, d.crash = d.operations+n, crash
}

// Operations returns how many writing operations there were so far.
func (d *Disk) Operations() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.operations
}

// Photo returns what a crash now would leave. Each block and each name that was not synced is kept with the given
// probability in percent.
func (d *Disk) Photo(random *rand.Rand, unsyncedPercent int) *vfs.MemFS {
	return d.memory.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: unsyncedPercent, RNG: random})
}

// watch sees every operation before it is done.
func (d *Disk) watch(op errorfs.Op) error {
	if op.Kind.ReadOrWrite() == errorfs.OpIsRead {
		return nil
	}
	d.mu.Lock()
	var crash func()
	if d.operations == d.at {
		crash, d.crash = d.crash, nil
	}
	d.operations++
	d.mu.Unlock()
	if crash != nil {
		crash()
	}
	return nil
}

// Lying returns files as seen through a disk that confirms every sync of a database's log without doing it. A test of
// durability that passes on it shows nothing.
func Lying(files vfs.FS) vfs.FS { return lyingFS{files} }

type lyingFS struct{ vfs.FS }

func isLog(name string) bool { return strings.HasSuffix(name, ".log") }

// Create implements vfs.FS.
func (l lyingFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	file, err := l.FS.Create(name, category)
	return lie(name, file, err)
}

// ReuseForWrite implements vfs.FS.
func (l lyingFS) ReuseForWrite(old, name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	file, err := l.FS.ReuseForWrite(old, name, category)
	return lie(name, file, err)
}

// Unwrap implements vfs.FS.
func (l lyingFS) Unwrap() vfs.FS { return l.FS }

func lie(name string, file vfs.File, err error) (vfs.File, error) {
	if err != nil || !isLog(name) {
		return file, err
	}
	return lyingFile{file}, nil
}

type lyingFile struct{ vfs.File }

// Sync implements vfs.File.
func (lyingFile) Sync() error { return nil }

// SyncData implements vfs.File.
func (lyingFile) SyncData() error { return nil }

// SyncTo implements vfs.File.
func (lyingFile) SyncTo(int64) (bool, error) { return true, nil }
