package audit

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/ledgerofthings/lot/node/archive"
	"github.com/ledgerofthings/lot/node/store"
)

// Whatever bytes of the database's tables are damaged, a check ends with findings or says that the folder is damaged; a rebuild makes it
// readable, and repairs bring it to where nothing more is to be done.
func TestDamagedTables(t *testing.T) {
	quiet := store.Options{Logger: slog.New(slog.DiscardHandler)}
	random := rand.New(rand.NewPCG(3, 4))
	for round := range 6 {
		dir := filepath.Join(t.TempDir(), "data")
		f := newFolderIn(t, dir)
		for n := range 10 {
			f.commitOf(20, "test", []byte{byte(n)})
		}
		f.signed()
		if err := f.step.Commit(); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(f.store.Compact(t.Context(), store.Engine, nil), f.store.Close()); err != nil {
			t.Fatal(err)
		}
		flipBytes(t, dir, random, 1+round*4)
		s, err := store.Open(dir, quiet)
		if err == nil {
			_, err = Check(context.Background(), s, f.options())
			_ = s.Close()
		}
		if err != nil && !store.IsDamage(err) {
			t.Fatalf("round %d: %v", round, err)
		}
		if _, err := archive.Rebuild(dir, quiet, 1); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if f.store, err = store.Open(dir, quiet); err != nil {
			t.Fatal(err)
		}
		f.step = f.store.Begin()
		for range 4 {
			f.repair(true)
		}
		for _, left := range f.check().Findings {
			if len(left.fixes) > 0 && left.Kind != "state entry" { // the others and that are the next start's
				t.Errorf("round %d: still to be repaired: %s", round, left)
			}
		}
		_ = f.store.Close()
	}
}

// flipBytes damages tables of a closed store.
func flipBytes(t *testing.T, dir string, random *rand.Rand, count int) {
	t.Helper()
	tables, err := filepath.Glob(filepath.Join(dir, "db", "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatal(tables, err)
	}
	for range count {
		path := tables[random.IntN(len(tables))]
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		content[random.IntN(len(content))] ^= byte(1 + random.IntN(255))
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
