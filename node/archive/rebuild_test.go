package archive

import (
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/node/store"
)

// rebuild fills a folder with one kind of entry, damages its tables if asked to, and rebuilds it.
func rebuild(t *testing.T, prefix string, damage bool) (Rebuilt, *store.Store) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	quiet := store.Options{Logger: slog.New(slog.DiscardHandler)}
	s, err := store.Open(dir, quiet)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	step := s.Begin()
	for n := range 200 {
		value := make([]byte, 1000) // random, so that its blocks take most of the file
		for at := range value {
			value[at] = byte(random.Uint32())
		}
		step.Put([]byte{prefix[0], 0, 0, 0, 0, 0, 0, 0, byte(n)}, value)
	}
	if err := step.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := s.Compact(t.Context(), store.Engine, []byte(prefix)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	tables, err := filepath.Glob(filepath.Join(dir, "db", "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatal(tables, err)
	}
	for _, path := range tables {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if damage {
			content[len(content)/4] ^= 1
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	done, err := Rebuild(dir, quiet, 1_790_000_000_000)
	if err != nil {
		t.Fatal(err)
	}
	if s, err = store.Open(dir, quiet); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return done, s
}

// What is lost decides what the next start has to do, and is told by its kind.
func TestRebuildMarks(t *testing.T) {
	for prefix, want := range map[string]struct {
		restored, state, own bool
		kind                 string
	}{
		"e": {true, false, false, "event"}, "s": {false, true, false, "state entry"}, "m": {false, false, true, "batch"},
	} {
		done, s := rebuild(t, prefix, true)
		if len(done.Lost) != 1 || done.Lost[0].Own != want.own || !slices.Contains(done.Lost[0].Kinds, want.kind) || filepath.Base(done.Kept) != "db.damaged-20260921-141320" {
			t.Errorf("%s: %+v", prefix, done)
		}
		restored, err := s.Get([]byte(RestoredKey))
		if err != nil || restored != nil != want.restored {
			t.Errorf("%s: marked %x, %v", prefix, restored, err)
		}
		value, err := s.Get([]byte(RepairKey))
		if err != nil {
			t.Fatal(err)
		}
		if mark, err := DecodeRepair(value); err != nil || !mark.Rebuild || mark.State != want.state {
			t.Errorf("%s: %+v, %v", prefix, mark, err)
		}
	}
	done, s := rebuild(t, "e", false)
	if value, err := s.Get([]byte(RepairKey)); value != nil || err != nil || len(done.Lost) > 0 {
		t.Errorf("nothing was lost: %x, %v, %+v", value, err, done)
	}
}
