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

// Disk and memory do the same under random operations, with crashes and reopening.
func TestDiskAndMemoryAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		files := vfs.NewCrashableMem()
		disk, err := Open("data", Options{FS: files})
		if err != nil {
			t.Fatal(err)
		}
		step, memory := disk.Begin(), memstore.New()
		key := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 0x7f, 0xff}), 0, 3)
		value := rapid.SliceOfN(rapid.Byte(), 0, 3)
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				k, v := key.Draw(t, "key"), value.Draw(t, "value")
				step.Put(k, v)
				memory.Put(k, v)
			},
			"delete": func(t *rapid.T) {
				k := key.Draw(t, "key")
				step.Delete(k)
				memory.Delete(k)
			},
			"get": func(t *rapid.T) {
				k := key.Draw(t, "key")
				a, err := step.Get(k)
				b, _ := memory.Get(k)
				if err != nil || string(a) != string(b) || (a == nil) != (b == nil) {
					t.Fatalf("get %x: disk %x, memory %x, %v", k, a, b, err)
				}
			},
			"blob": func(t *rapid.T) {
				content, other := value.Draw(t, "content"), value.Draw(t, "other")
				digest := sha256.Sum256(content)
				if err := errors.Join(step.PutBlob(digest, content), memory.PutBlob(digest, content)); err != nil {
					t.Fatal(err)
				}
				for _, d := range [][32]byte{digest, sha256.Sum256(other)} {
					a, err := step.GetBlob(d)
					b, _ := memory.GetBlob(d)
					if err != nil || string(a) != string(b) || (a == nil) != (b == nil) {
						t.Fatalf("blob %x: disk %x, memory %x, %v", d, a, b, err)
					}
				}
			},
			"commit": func(t *rapid.T) {
				if err := errors.Join(step.Commit(), memory.Commit()); err != nil {
					t.Fatal(err)
				}
			},
			"discard": func(t *rapid.T) { step.Discard(); memory.Discard() },
			"crash": func(t *rapid.T) {
				photo := files.CrashClone(vfs.CrashCloneCfg{})
				if err := disk.Close(); err != nil {
					t.Fatal(err)
				}
				if disk, err = Open("data", Options{FS: photo}); err != nil {
					t.Fatal(err)
				}
				files, step = photo, disk.Begin()
				memory.Crash()
			},
			"": func(t *rapid.T) {
				prefix, from, limit := key.Draw(t, "prefix"), key.Draw(t, "from"), rapid.IntRange(1, 100).Draw(t, "limit")
				a, b := dump(t, step, prefix, from, limit), dump(t, memory, prefix, from, limit)
				if !slices.Equal(a, b) {
					t.Fatalf("scan %x from %x:\ndisk   %v\nmemory %v", prefix, from, a, b)
				}
			},
		})
		if err := disk.Close(); err != nil {
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
	for i := range byte(MaxStep/MaxValue + 1) {
		step.Put([]byte{i}, make([]byte, MaxValue))
	}
	refused("step")
	step.Put(make([]byte, MaxKey), make([]byte, MaxValue)) // at the limit, and the store is as good as before
	if err := step.Commit(); err != nil {
		t.Fatal(err)
	}
}
