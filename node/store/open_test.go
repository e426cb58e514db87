package store

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// open opens a folder and closes it at the end of the test.
func open(t testing.TB, dir string, options Options) *Store {
	t.Helper()
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	s, err := Open(dir, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func put(t testing.TB, s *Store, key, value string) {
	t.Helper()
	step := s.Begin()
	step.Put([]byte(key), []byte(value))
	if err := step.Commit(); err != nil {
		t.Fatal(err)
	}
}

func TestFolderIsPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	open(t, dir, Options{})
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
}

func TestSecondUseIsRefused(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir, Options{})
	_, err := Open(dir, Options{})
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), fmt.Sprintf("pid %d", os.Getpid())) {
		t.Fatalf("same process: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir, Options{})
}

func TestSecondProcessIsRefused(t *testing.T) {
	if dir := os.Getenv("STORE_TEST_LOCK"); dir != "" {
		_, err := Open(dir, Options{})
		fmt.Print(err)
		os.Exit(0)
	}
	dir := t.TempDir()
	open(t, dir, Options{})
	child := exec.Command(os.Args[0], "-test.run=^TestSecondProcessIsRefused$")
	child.Env = append(os.Environ(), "STORE_TEST_LOCK="+dir)
	out, err := child.Output()
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("another lot process (pid %d) uses %s", os.Getpid(), dir); !strings.Contains(string(out), want) {
		t.Fatalf("%s\nwant %s", out, want)
	}
}

func TestFormatIsChecked(t *testing.T) {
	for content, want := range map[string]string{
		"lot store 2\n":  "newer lot",
		"lot store 0\n":  "older lot",
		"something\n":    "not what lot writes",
		"":               "not what lot writes",
		"lot store 01\n": "not what lot writes",
		"lot store 1":    "not what lot writes",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "FORMAT"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(dir, Options{})
		if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "FORMAT") {
			t.Errorf("%q: %v", content, err)
		}
	}
}

func FuzzFormat(f *testing.F) {
	for _, seed := range []string{"lot store 1\n", "lot store 4294967295\n", "lot store -1\n", "lot store 1", "1", ""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if version, ok := parseFormat(content); ok && !bytes.Equal(content, formatText(version)) {
			t.Errorf("%q passes for %d", content, version)
		}
	})
}

// A lost part of the folder must not be taken for a new store.
func TestLostPartsAreNoticed(t *testing.T) {
	setUp := func(t *testing.T) string {
		dir := t.TempDir()
		s := open(t, dir, Options{})
		put(t, s, "k", "v")
		if err := s.db.Flush(); err != nil {
			t.Fatal(err)
		}
		put(t, s, "k2", "v")
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	remove := func(pattern string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			names, _ := filepath.Glob(filepath.Join(dir, pattern))
			if len(names) == 0 {
				t.Fatalf("no %s", pattern)
			}
			for _, name := range names {
				if err := os.RemoveAll(name); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for name, test := range map[string]struct {
		harm func(t *testing.T, dir string)
		want error
	}{
		"database": {remove("db"), ErrCorrupt},
		"format":   {remove("FORMAT"), ErrFormat},
		"table":    {remove("db/*.sst"), ErrCorrupt},
		"manifest": {remove("db/MANIFEST-*"), ErrCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			dir := setUp(t)
			test.harm(t, dir)
			_, err := Open(dir, Options{Logger: slog.New(slog.DiscardHandler)})
			if !errors.Is(err, test.want) {
				t.Fatal(err)
			}
			t.Log(err)
		})
	}
}

// damage changes one byte in the middle of the largest file that matches.
func damage(t *testing.T, dir, pattern string) string {
	t.Helper()
	names, _ := filepath.Glob(filepath.Join(dir, pattern))
	var path string
	var content []byte
	for _, name := range names {
		if c, err := os.ReadFile(name); err == nil && len(c) > len(content) {
			path, content = name, c
		}
	}
	if path == "" {
		t.Fatalf("no %s in %s", pattern, dir)
	}
	content[len(content)/2] ^= 0x40
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDamagedTableIsReported(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	put(t, s, "k", strings.Repeat("value ", 100))
	if err := s.db.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := damage(t, dir, "db/*.sst")
	again, err := Open(dir, Options{Logger: slog.New(slog.DiscardHandler)})
	if err == nil {
		defer again.Close()
		_, err = again.Get([]byte("k"))
	}
	if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), filepath.Base(path)) {
		t.Fatalf("%v does not name %s", err, path)
	}
	t.Log(err)
}

// A flipped bit in the middle of the log must not pass for the end of the log, which would lose what follows in silence.
func TestDamagedLogIsReported(t *testing.T) {
	memory := vfs.NewCrashableMem()
	s := open(t, "data", Options{FS: memory})
	for i := range 20 {
		put(t, s, fmt.Sprint(i), strings.Repeat("value ", 1000))
	}
	photo := memory.CrashClone(vfs.CrashCloneCfg{})
	dir := t.TempDir()
	if ok, err := vfs.Clone(photo, vfs.Default, "data", filepath.Join(dir, "data")); !ok || err != nil {
		t.Fatal(ok, err)
	}
	dir = filepath.Join(dir, "data")
	path := damage(t, dir, "db/*.log")
	_, err := Open(dir, Options{Logger: slog.New(slog.DiscardHandler)})
	if !errors.Is(err, ErrCorrupt) {
		t.Fatalf("%v after damaging %s", err, path)
	}
	t.Log(err)
}

func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(filepath.Join(dir, "none"), Options{ReadOnly: true}); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("missing folder: %v", err)
	}
	s := open(t, dir, Options{})
	put(t, s, "k", "v")
	digest, err := s.PutBlob([]byte("blob"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r := open(t, dir, Options{ReadOnly: true})
	if got, err := r.Get([]byte("k")); err != nil || string(got) != "v" {
		t.Fatalf("%q, %v", got, err)
	}
	if got, err := r.GetBlob(digest); err != nil || string(got) != "blob" {
		t.Fatalf("%q, %v", got, err)
	}
	step := r.Begin()
	step.Put([]byte("k"), []byte("w"))
	if err := step.Commit(); !errors.Is(err, ErrReadOnly) {
		t.Fatal(err)
	}
	if _, err := r.PutBlob([]byte("other")); !errors.Is(err, ErrReadOnly) {
		t.Fatal(err)
	}
}

func TestClosedStoreRefuses(t *testing.T) {
	s := open(t, "data", Options{FS: vfs.NewMem()})
	put(t, s, "k", "v")
	view, err := s.Datastore()
	if err != nil {
		t.Fatal(err)
	}
	step := s.Begin()
	step.Put([]byte("k"), []byte("w"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := step.Commit(); !errors.Is(err, ErrClosed) {
		t.Error("commit:", err)
	}
	if _, err := s.Get([]byte("k")); !errors.Is(err, ErrClosed) {
		t.Error("get:", err)
	}
	if _, err := view.Has(t.Context(), keyOf("/k")); !errors.Is(err, ErrClosed) {
		t.Error("view:", err)
	}
	if _, err := s.PutBlob(nil); !errors.Is(err, ErrClosed) {
		t.Error("blob:", err)
	}
	if err := s.Close(); err != nil {
		t.Error("second close:", err)
	}
}

// Close waits for a running scan, and what the scan's visitor does then is refused instead of waiting for Close.
func TestCloseDuringScan(t *testing.T) {
	s := open(t, "data", Options{FS: vfs.NewMem()})
	put(t, s, "k", "v")
	closed := make(chan error, 1)
	err := s.Scan(nil, nil, func(key, value []byte) bool {
		go func() { closed <- s.Close() }()
		for { // until Close has begun
			if _, err := s.Get(key); errors.Is(err, ErrClosed) {
				break
			}
		}
		return bytes.Equal(value, []byte("v"))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
}

func TestSpace(t *testing.T) {
	memory := vfs.NewMem()
	s := open(t, "data", Options{FS: memory, Budget: Budget{Reserve: 1000}})
	if space, err := s.Space(); err != nil || space.Low || space.Total != 0 {
		t.Fatalf("unknown: %+v, %v", space, err)
	}
	memory.TestingSetDiskUsage(vfs.DiskUsage{AvailBytes: 1000, TotalBytes: 5000, UsedBytes: 4000})
	if space, err := s.Space(); err != nil || space.Low || space.Free != 1000 || space.Total != 5000 {
		t.Fatalf("enough: %+v, %v", space, err)
	}
	memory.TestingSetDiskUsage(vfs.DiskUsage{AvailBytes: 999, TotalBytes: 5000, UsedBytes: 4001})
	if space, err := s.Space(); err != nil || !space.Low {
		t.Fatalf("low: %+v, %v", space, err)
	}
	real := open(t, t.TempDir(), Options{})
	if space, err := real.Space(); err != nil || space.Free == 0 || space.Total == 0 || space.Used == 0 {
		t.Fatalf("real: %+v, %v", space, err)
	}
}
