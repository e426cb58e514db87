package store

import (
	"encoding/binary"
	"errors"
	"log/slog"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/store/memstore"
	"github.com/ledgerofthings/lot/node/store/storetest"
)

func eventKey(n uint64) []byte { return binary.BigEndian.AppendUint64([]byte{'e'}, n) }

// fillEvents writes entries that do not compress, from one number on and below another.
func fillEvents(t testing.TB, s *Store, from, to uint64, size int) {
	t.Helper()
	random := rand.NewChaCha8([32]byte{1})
	step := s.Begin()
	for n := from; n < to; n++ {
		value := make([]byte, size)
		_, _ = random.Read(value)
		step.Put(eventKey(n), value)
		if n%500 == 0 || n+1 == to {
			if err := step.Commit(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A step sees its own deletions of ranges and what it wrote after them.
func TestDeleteRange(t *testing.T) {
	type ranged interface {
		engine.Storage
		DeleteRange(from, to []byte)
		Commit() error
	}
	s := open(t, "data", Options{FS: vfs.NewMem()})
	for name, storage := range map[string]ranged{"disk": s.Begin(), "memory": memstore.New()} {
		for n := range byte(10) {
			storage.Put([]byte{n}, []byte{n})
		}
		if err := storage.Commit(); err != nil {
			t.Fatal(err)
		}
		storage.Put([]byte{4, 4}, nil)
		storage.DeleteRange([]byte{3}, []byte{6})
		storage.Put([]byte{5}, []byte("after"))
		storage.DeleteRange([]byte{8}, []byte{8})
		storage.DeleteRange([]byte{9}, []byte{7})
		storage.DeleteRange([]byte{9}, nil)
		for _, committed := range []bool{false, true} {
			if got := dump(t, storage, nil, nil, 100); len(got) != 8 || got[3] != "05=6166746572" {
				t.Errorf("%s, committed %t: %v", name, committed, got)
			}
			if value, err := storage.Get([]byte{4}); value != nil || err != nil {
				t.Errorf("%s: %x, %v", name, value, err)
			}
			if err := storage.Commit(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// One range's keys are out of reach of a deletion in another.
func TestRangesAreApart(t *testing.T) {
	s := open(t, "data", Options{FS: vfs.NewMem()})
	put(t, s, "k", "engine")
	replicas := s.BeginIn(Replicas)
	replicas.Put([]byte("k"), []byte("replicas"))
	if err := replicas.Commit(); err != nil {
		t.Fatal(err)
	}
	step := s.Begin()
	step.DeleteRange([]byte{0}, []byte{0xff, 0xff})
	if err := step.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := dump(t, step, nil, nil, 10); len(got) != 0 {
		t.Errorf("left: %v", got)
	}
	if got, err := replicas.Get([]byte("k")); err != nil || string(got) != "replicas" {
		t.Errorf("the other range: %q, %v", got, err)
	}
}

func TestCompactFreesRoom(t *testing.T) {
	s := open(t, "data", Options{FS: vfs.NewMem(), Budget: Budget{Memory: minimumMemory}})
	fillEvents(t, s, 0, 4000, 1000)
	before, err := s.Usage(Section{"events", Engine, [][]byte{{'e'}}}, Section{"replicas", Replicas, nil})
	if err != nil || before.Sections[0].Bytes+before.Log < 3<<20 {
		t.Fatalf("%+v, %v", before, err)
	}
	step := s.Begin()
	step.DeleteRange(eventKey(0), eventKey(3900))
	if err := step.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := s.Compact(t.Context(), Engine, []byte{'e'}); err != nil {
		t.Fatal(err)
	}
	after, err := s.Usage(Section{"events", Engine, [][]byte{{'e'}}})
	if err != nil || after.Sections[0].Bytes > 200_000 || after.Sections[0].Bytes < 90_000 {
		t.Errorf("100 entries of 1,000 bytes take %+v, %v", after, err)
	}
}

func ballastIsThere(files vfs.FS) bool {
	_, err := files.Stat("data/BALLAST")
	return err == nil
}

// Others fill the volume while the gateway prunes: the ballast gives room enough to go on.
func TestPruningOnAFullDisk(t *testing.T) {
	for name, reopened := range map[string]bool{"running": false, "started again": true} {
		t.Run(name, func(t *testing.T) {
			files := storetest.NewSized(64 << 20)
			options := Options{FS: files, Fatal: func(err error) { t.Error(err) }, Budget: Budget{Memory: minimumMemory, Ballast: 6 << 20, Reserve: 8 << 20}}
			s := open(t, "data", options)
			if _, err := s.Space(); err != nil {
				t.Fatal(err)
			}
			fillEvents(t, s, 0, 4000, 4000)
			if err := s.Compact(t.Context(), Engine, nil); err != nil { // nothing is left to do in the background
				t.Fatal(err)
			}
			if reopened {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				files.Fill(100)
				s = open(t, "data", options)
			}
			for ballastIsThere(files) { // what a compaction left behind goes in the background, and is taken by others too
				files.Fill(100)
				if _, err := s.Space(); err != nil {
					t.Fatal(err)
				}
			}
			if free := files.Free(); free < 4<<20 || free > 10<<20 {
				t.Fatalf("%d bytes are free", free)
			}
			step := s.Begin()
			for from := uint64(0); from < 3000; from += 1000 {
				step.DeleteRange(eventKey(from), eventKey(from+1000))
				if err := step.Commit(); err != nil {
					t.Fatal(err)
				}
				if err := s.Compact(t.Context(), Engine, []byte{'e'}); err != nil {
					t.Fatal(err)
				}
			}
			if left := dump(t, step, []byte{'e'}, nil, 1<<20); len(left) != 1000 {
				t.Errorf("%d entries are left", len(left))
			}
			if files.Free() < 10<<20 {
				t.Errorf("%d bytes are free after 12 MB were deleted", files.Free())
			}
			files.Fill(40 << 20)
			if _, err := s.Space(); err != nil || files.Free() != 34<<20 {
				t.Errorf("the ballast was not laid out again: %d bytes are free, %v", files.Free(), err)
			}
		})
	}
}

// Without ballast the same ends the store, so the test above shows something.
func TestFullDiskWithoutBallast(t *testing.T) {
	files := storetest.NewSized(64 << 20)
	s, err := Open("data", Options{FS: files, Fatal: func(error) {}, Logger: slog.New(slog.DiscardHandler), Budget: Budget{Memory: minimumMemory}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	fillEvents(t, s, 0, 4000, 1000)
	files.Fill(0)
	step := s.Begin()
	step.DeleteRange(eventKey(0), eventKey(2000))
	if err := errors.Join(step.Commit(), s.Compact(t.Context(), Engine, []byte{'e'})); !errors.Is(err, ErrDiskFull) {
		t.Errorf("%v", err)
	}
}

func TestCompactOfReadOnlyAndClosedStore(t *testing.T) {
	files := vfs.NewMem()
	s := open(t, "data", Options{FS: files})
	put(t, s, "k", "v")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Compact(t.Context(), Engine, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	reader := open(t, "data", Options{FS: files, ReadOnly: true})
	if err := reader.Compact(t.Context(), Engine, nil); !errors.Is(err, ErrReadOnly) {
		t.Errorf("read-only: %v", err)
	}
	step := reader.Begin()
	step.DeleteRange([]byte{0}, []byte{1})
	if err := step.Commit(); !errors.Is(err, ErrReadOnly) {
		t.Errorf("read-only: %v", err)
	}
}
