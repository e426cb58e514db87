package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// damagedStore writes entries, damages tables of the closed store and returns what there was.
func damagedStore(t *testing.T, dir string, entries, flips int, seed uint64) map[string]string {
	t.Helper()
	all := map[string]string{}
	s, err := Open(dir, Options{Logger: slog.New(slog.DiscardHandler), Budget: Budget{Memory: minimumMemory}})
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(seed, 1))
	step := s.Begin()
	for n := range entries {
		value := make([]byte, 300)
		for at := range value {
			value[at] = byte(random.Uint32())
		}
		key := fmt.Sprintf("e%07d", n)
		step.Put([]byte(key), value)
		all[key] = string(value)
	}
	if err := errors.Join(step.Commit(), s.db.Flush(), s.Close()); err != nil {
		t.Fatal(err)
	}
	tables, err := filepath.Glob(filepath.Join(dir, databaseDir, "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatal(tables, err)
	}
	for range flips {
		path := tables[random.IntN(len(tables))]
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		content[random.IntN(len(content)*9/10)] ^= 0x55 // not the index at the end
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// rebuild rebuilds the store and returns what is in it then.
func rebuilt(t *testing.T, dir string) (Rebuilt, map[string]string) {
	t.Helper()
	quiet := Options{Logger: slog.New(slog.DiscardHandler)}
	done, err := Rebuild(dir, quiet, "now", func(gaps []Gap, put func(key, value []byte)) error {
		put([]byte("vmark"), fmt.Append(nil, len(gaps)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, dir, quiet)
	left := map[string]string{}
	err = s.Scan(nil, nil, func(key, value []byte) bool {
		left[string(key)] = string(value)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return done, left
}

// Of a database with damaged blocks everything is kept that lies outside of them, nothing is made up, and the damaged one stays.
func TestRebuild(t *testing.T) {
	for _, flips := range []int{0, 8} {
		dir := filepath.Join(t.TempDir(), "data")
		all := damagedStore(t, dir, 20_000, flips, uint64(flips))
		done, left := rebuilt(t, dir)
		if left["vmark"] != fmt.Sprint(len(done.Gaps)) || (len(done.Gaps) == 0) != (flips == 0) || len(done.Gaps) > flips {
			t.Errorf("%d flips: marked %q, gaps %d", flips, left["vmark"], len(done.Gaps))
		}
		delete(left, "vmark")
		for key, value := range left {
			if all[key] != value {
				t.Fatalf("%d flips: %s is another one", flips, key)
			}
		}
		for key := range all {
			inGap := false
			for _, g := range done.Gaps {
				inGap = inGap || g.Touches(Engine, []byte(key))
			}
			if _, kept := left[key]; !kept && !inGap {
				t.Fatalf("%d flips: %s is lost, and in no gap", flips, key)
			}
		}
		if lost := len(all) - len(left); lost > flips*400 {
			t.Errorf("%d flips: %d of %d entries are lost", flips, lost, len(all))
		}
		if names, err := os.ReadDir(done.Kept); err != nil || len(names) == 0 || !strings.HasSuffix(done.Kept, "-now") {
			t.Errorf("%s: %v", done.Kept, err)
		}
	}
}

// A kill at any rename leaves what the next rebuild finishes or begins anew.
func TestRebuildAfterAKill(t *testing.T) {
	for name, kill := range map[string]func(dir string) error{
		"while it was filled": func(dir string) error {
			return errors.Join(os.Mkdir(dir+"/"+fillingDir, 0o700), os.WriteFile(dir+"/"+fillingDir+"/x", nil, 0o600))
		},
		"before the damaged one was put aside": func(dir string) error { return os.Mkdir(dir+"/"+rebuiltDir, 0o700) },
		"before the new one was put in place": func(dir string) error {
			return errors.Join(copyFolder(dir+"/"+databaseDir, dir+"/"+rebuiltDir), os.Rename(dir+"/"+databaseDir, dir+"/"+damagedPrefix+"then"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			all := damagedStore(t, dir, 100, 0, 1)
			if err := kill(dir); err != nil {
				t.Fatal(err)
			}
			if _, left := rebuilt(t, dir); len(left) < len(all) {
				t.Errorf("%d of %d entries", len(left), len(all))
			}
			if names, err := filepath.Glob(dir + "/db.[fr]*"); err != nil || len(names) > 0 {
				t.Errorf("%v is left", names)
			}
		})
	}
}

func copyFolder(from, to string) error { return os.CopyFS(to, os.DirFS(from)) }

func TestRebuildFaults(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	damagedStore(t, dir, 10, 0, 1)
	options := Options{Logger: slog.New(slog.DiscardHandler)}
	refuse := func([]Gap, func(key, value []byte)) error { return io.ErrUnexpectedEOF }
	if _, err := Rebuild(dir, options, "now", refuse); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v", err)
	}
	s := open(t, dir, options)
	if _, err := Rebuild(dir, options, "now", refuse); !errors.Is(err, ErrLocked) {
		t.Errorf("in use: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	manifests, err := filepath.Glob(filepath.Join(dir, databaseDir, "MANIFEST-*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range manifests {
		if err := os.WriteFile(path, bytes.Repeat([]byte{7}, 100), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Rebuild(dir, options, "now", refuse); !errors.Is(err, ErrCorrupt) {
		t.Errorf("without its list of tables: %v", err)
	}
}
