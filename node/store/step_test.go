package store

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/store/memstore"
)

var (
	_ engine.Storage = (*Step)(nil)
	_ engine.Storage = (*memstore.Memory)(nil)
)

// dump lists what a scan shows, at most limit entries.
func dump(t interface{ Fatal(...any) }, s interface {
	Scan(prefix, from []byte, visit func(key, value []byte) bool) error
}, prefix, from []byte, limit int) []string {
	var out []string
	err := s.Scan(prefix, from, func(key, value []byte) bool {
		out = append(out, fmt.Sprintf("%x=%x", key, value))
		return len(out) < limit
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// twins are a store on disk and one in memory that are given the same operations. rapid finds the operations by their
// signature and calls Check after each.
type twins struct {
	files  *vfs.MemFS
	disk   *Store
	step   *Step
	memory *memstore.Memory
}

var (
	anyKey   = rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 0x7f, 0xff}), 0, 3)
	anyValue = rapid.SliceOfN(rapid.Byte(), 0, 3)
)

func (w *twins) open(t *rapid.T, files *vfs.MemFS) {
	disk, err := Open("data", Options{FS: files})
	if err != nil {
		t.Fatal(err)
	}
	w.files, w.disk, w.step = files, disk, disk.Begin()
}

// agree compares two answers, of which nil means absent.
func agree(t *rapid.T, what string, disk []byte, err error, memory []byte) {
	if err != nil || string(disk) != string(memory) || (disk == nil) != (memory == nil) {
		t.Fatalf("%s: disk %x, memory %x, %v", what, disk, memory, err)
	}
}

// Put is an operation.
func (w *twins) Put(t *rapid.T) {
	key, value := anyKey.Draw(t, "key"), anyValue.Draw(t, "value")
	w.step.Put(key, value)
	w.memory.Put(key, value)
}

// Delete is an operation.
func (w *twins) Delete(t *rapid.T) {
	key := anyKey.Draw(t, "key")
	w.step.Delete(key)
	w.memory.Delete(key)
}

// DeleteRange is an operation.
func (w *twins) DeleteRange(t *rapid.T) {
	from, to := anyKey.Draw(t, "from"), anyKey.Draw(t, "to")
	w.step.DeleteRange(from, to)
	w.memory.DeleteRange(from, to)
}

// Compact is an operation.
func (w *twins) Compact(t *rapid.T) {
	if err := w.disk.Compact(t.Context(), Engine, rapid.SliceOfN(rapid.Byte(), 0, 1).Draw(t, "prefix")); err != nil {
		t.Fatal(err)
	}
}

// Get is an operation.
func (w *twins) Get(t *rapid.T) {
	key := anyKey.Draw(t, "key")
	disk, err := w.step.Get(key)
	memory, _ := w.memory.Get(key)
	agree(t, "get", disk, err, memory)
}

// Blob is an operation.
func (w *twins) Blob(t *rapid.T) {
	content, other := anyValue.Draw(t, "content"), anyValue.Draw(t, "other")
	digest := sha256.Sum256(content)
	if err := errors.Join(w.step.PutBlob(digest, content), w.memory.PutBlob(digest, content)); err != nil {
		t.Fatal(err)
	}
	for _, d := range [][32]byte{digest, sha256.Sum256(other)} {
		disk, err := w.step.GetBlob(d)
		memory, _ := w.memory.GetBlob(d)
		agree(t, "blob", disk, err, memory)
	}
}

// Commit is an operation.
func (w *twins) Commit(t *rapid.T) {
	if err := errors.Join(w.step.Commit(), w.memory.Commit()); err != nil {
		t.Fatal(err)
	}
}

// Discard is an operation.
func (w *twins) Discard(*rapid.T) { w.step.Discard(); w.memory.Discard() }

// Crash is an operation.
func (w *twins) Crash(t *rapid.T) {
	photo := w.files.CrashClone(vfs.CrashCloneCfg{})
	if err := w.disk.Close(); err != nil {
		t.Fatal(err)
	}
	w.open(t, photo)
	w.memory.Crash()
}

// Check compares a part of the content.
func (w *twins) Check(t *rapid.T) {
	prefix, from, limit := anyKey.Draw(t, "prefix"), anyKey.Draw(t, "from"), rapid.IntRange(1, 100).Draw(t, "limit")
	disk, memory := dump(t, w.step, prefix, from, limit), dump(t, w.memory, prefix, from, limit)
	if !slices.Equal(disk, memory) {
		t.Fatalf("scan %x from %x:\ndisk   %v\nmemory %v", prefix, from, disk, memory)
	}
}

// Disk and memory do the same under random operations, with crashes and reopening.
func TestDiskAndMemoryAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &twins{memory: memstore.New()}
		w.open(t, vfs.NewCrashableMem())
		t.Repeat(rapid.StateMachineActions(w))
		if err := w.disk.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// A visitor may write; the running scan does not see it, the next one does.
func TestWritesDuringScan(t *testing.T) {
	disk := open(t, "data", Options{FS: vfs.NewMem()})
	for name, s := range map[string]engine.Storage{"disk": disk.Begin(), "memory": memstore.New()} {
		for i := range byte(100) {
			s.Put([]byte{i}, []byte{i})
		}
		seen := 0
		err := s.Scan(nil, nil, func(key, _ []byte) bool {
			seen++
			s.Put(append([]byte{key[0]}, 1), nil)
			s.Delete([]byte{key[0]})
			return true
		})
		if err != nil || seen != 100 {
			t.Errorf("%s: saw %d entries, %v", name, seen, err)
		}
		if after := dump(t, s, nil, nil, 1000); len(after) != 100 || after[0] != "0001=" {
			t.Errorf("%s: afterwards %d entries, first %v", name, len(after), after[0])
		}
	}
}

func TestLimits(t *testing.T) {
	s := open(t, "data", Options{FS: vfs.NewMem()})
	step := s.Begin()
	refused := func(what string) {
		t.Helper()
		step.Put([]byte("beside"), []byte("it"))
		if err := step.Commit(); !errors.Is(err, ErrLimit) {
			t.Errorf("%s: %v", what, err)
		}
		if got, err := s.Get([]byte("beside")); err != nil || got != nil {
			t.Errorf("%s: a part of the refused step is there: %q, %v", what, got, err)
		}
	}
	step.Put(make([]byte, MaxKey+1), nil)
	refused("key")
	step.Put([]byte("k"), make([]byte, MaxValue+1))
	refused("value")
	step.Put([]byte("k"), nil)
	step.size = MaxStep - 1 // as if so much had been put before
	step.Put([]byte("k"), []byte("v"))
	refused("step")
	step.Put(make([]byte, MaxKey), make([]byte, MaxValue)) // at the limit, and the store is as good as before
	if err := step.Commit(); err != nil {
		t.Fatal(err)
	}
}
