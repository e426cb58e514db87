package report

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestAFolderThatExistsIsNotMoved is what makes a mounted disk, or a folder within one that takes no files, good for a run.
func TestAFolderThatExistsIsNotMoved(t *testing.T) {
	dir := t.TempDir()
	before := statOf(t, dir)
	for seed := range uint64(2) {
		r := small()
		r.Seed = seed
		if err := Write(dir, r); err != nil {
			t.Fatal(err)
		}
		if m := mustManifest(t, dir); m.Seed != seed {
			t.Errorf("the folder has seed %d, want %d", m.Seed, seed)
		}
		if _, err := Read(dir); err != nil {
			t.Error(err)
		}
	}
	if !os.SameFile(before, statOf(t, dir)) {
		t.Error("it is another folder now")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || begun(entries) {
		t.Errorf("a part folder is left in %v, %v", entries, err)
	}
}

func statOf(t *testing.T, name string) fs.FileInfo {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestAFolderWhoseParentTakesNoFiles(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "run")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(parent, 0o555); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.Chmod(parent, 0o755) }()
	for range 2 {
		if err := errors.Join(CheckFolder(dir), Write(dir, small())); err != nil {
			t.Error(err)
		}
	}
	if os.Geteuid() == 0 {
		return // may write everywhere
	}
	for _, dir := range []string{filepath.Join(parent, "other"), filepath.Join(parent, "deep", "run")} {
		if err := CheckFolder(dir); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "takes no files") {
			t.Errorf("%s: %v", dir, err)
		}
	}
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.Chmod(dir, 0o755) }()
	if err := CheckFolder(dir); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a folder that takes no files: %v", err)
	}
}

func TestCheckFolderLeavesNothing(t *testing.T) {
	parent := t.TempDir()
	for _, dir := range []string{parent, filepath.Join(parent, "run"), filepath.Join(parent, "deep", "deeper", "run")} {
		if err := CheckFolder(dir); err != nil {
			t.Errorf("%s: %v", dir, err)
		}
	}
	wantEntries(t, parent)
	if err := os.Symlink(filepath.Join(parent, "nowhere"), filepath.Join(parent, "link")); err != nil {
		t.Fatal(err)
	}
	if err := CheckFolder(filepath.Join(parent, "link")); !errors.Is(err, ErrForeign) {
		t.Errorf("a link to nothing: %v", err)
	}
}

// TestKilledRunsAreCleanedUp kills a run while its files are being made, and while they are being moved.
func TestKilledRunsAreCleanedUp(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "run")
	beside, other := filepath.Join(parent, ".run.part-123", "new"), filepath.Join(parent, ".rerun.part-5")
	for _, left := range []string{beside, other} {
		if err := os.MkdirAll(left, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := Write(dir, small()); err != nil {
		t.Fatal(err)
	}
	wantEntries(t, parent, ".rerun.part-5", "run")
	part := filepath.Join(dir, partPrefix+"123")
	if err := os.Mkdir(part, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{ManifestName, "events.csv"} {
		if err := os.Rename(filepath.Join(dir, name), filepath.Join(part, name)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Read(dir); !errors.Is(err, ErrNoRun) {
		t.Errorf("half a run: %v", err)
	}
	if err := errors.Join(CheckFolder(dir), Write(dir, small())); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(part); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the part folder: %v", err)
	}
	if _, err := Read(dir); err != nil {
		t.Error(err)
	}
}

// TestAFileThatCannotBeMovedLeavesTheRunInItsPart puts a folder of the user's where a table has to go.
func TestAFileThatCannotBeMovedLeavesTheRunInItsPart(t *testing.T) {
	dir := mustWrite(t, small())
	table := filepath.Join(dir, "series.csv")
	if err := errors.Join(os.Remove(table), os.MkdirAll(filepath.Join(table, "mine"), 0o755)); err != nil {
		t.Fatal(err)
	}
	err := Write(dir, small())
	if err == nil || !strings.Contains(err.Error(), "what is not in "+dir+" yet is in") {
		t.Fatalf("error %v", err)
	}
	if _, err := Read(dir); !errors.Is(err, ErrNoRun) {
		t.Errorf("half a run: %v", err)
	}
	if parts, err := filepath.Glob(filepath.Join(dir, partPrefix+"*", "series.csv")); len(parts) != 1 || err != nil {
		t.Errorf("left: %v, %v", parts, err)
	}
	if err := os.RemoveAll(table); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir, small()); err != nil {
		t.Error(err)
	}
}

func TestAFullDiskLeavesAnEmptyFolderEmpty(t *testing.T) {
	dir := t.TempDir()
	err := replaceFolder(dir, func(create creator) error {
		file, err := create("events.csv")
		if err != nil {
			return err
		}
		return errors.Join(file.Close(), plain("events.csv", syscall.ENOSPC))
	})
	if !errors.Is(err, ErrFull) {
		t.Errorf("error %v", err)
	}
	wantEntries(t, dir)
}
