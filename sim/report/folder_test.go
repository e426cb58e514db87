package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
)

// filesOf returns the content of all files in a folder.
func filesOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[entry.Name()] = string(data)
	}
	return out
}

// mustWrite writes a run to a new folder.
func mustWrite(t *testing.T, r *Result) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "deep", "run")
	if err := Write(dir, r); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestReadReturnsWhatWasWritten(t *testing.T) {
	for name, r := range map[string]*Result{"small": small(), "empty": {}, "larger": synthetic(20, 500, 30)} {
		got, err := Read(mustWrite(t, r))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, r) {
			t.Errorf("%s: got %+v, want %+v", name, got, r)
		}
	}
}

func TestTheSameResultGivesTheSameBytes(t *testing.T) {
	one, other := broken(), broken()
	other.Machine = Machine{Seconds: 99, Shards: 2}
	a, b := filesOf(t, mustWrite(t, one)), filesOf(t, mustWrite(t, other))
	if a[MachineName] == b[MachineName] {
		t.Error("machine.json is the same for other machines")
	}
	delete(a, MachineName)
	delete(b, MachineName)
	if !reflect.DeepEqual(a, b) {
		t.Error("the files differ")
	}
}

func TestOneOtherTimeGivesAnotherHashOfTables(t *testing.T) {
	r := small()
	before := mustManifest(t, mustWrite(t, r))
	r.Events[2].Reached++
	if after := mustManifest(t, mustWrite(t, r)); after.Tables == before.Tables {
		t.Error("the hash of the tables is the same")
	}
}

func mustManifest(t *testing.T, dir string) Manifest {
	t.Helper()
	m, err := ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestReadRefusesWhatTheRunDidNotLeave(t *testing.T) {
	cases := []struct {
		name   string
		change func(dir string) error
		want   error
		says   string
	}{
		{"no manifest", func(dir string) error { return os.Remove(filepath.Join(dir, ManifestName)) }, ErrNoRun, ManifestName},
		{"no folder", os.RemoveAll, ErrNoRun, ManifestName},
		{"no events", func(dir string) error { return os.Remove(filepath.Join(dir, "events.csv")) }, ErrDamaged, "events.csv is missing"},
		{"changed", replaceIn("nodes.csv", "Oslo", "Rome"), ErrDamaged, "nodes.csv was changed"},
		{"torn", replaceIn(ManifestName, "}\n", ""), ErrDamaged, ManifestName},
		{"unlisted", replaceIn(ManifestName, "commits.csv", "elsewhere.csv"), ErrDamaged, "does not list commits.csv"},
		{"foreign", replaceIn(ManifestName, formatName, "another"), ErrNoRun, `format of manifest.json is "another"`},
		{"newer", replaceIn(ManifestName, `"format_version": 1`, `"format_version": 2`), ErrNoRun, "use the program that wrote it, v1.0.0"},
		{"torn machine", replaceIn(MachineName, "}", ""), ErrDamaged, MachineName},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := mustWrite(t, small())
			if err := c.change(dir); err != nil {
				t.Fatal(err)
			}
			_, err := Read(dir)
			if !errors.Is(err, c.want) || !strings.Contains(fmt.Sprint(err), c.says) {
				t.Errorf("error %v, want %v with %q", err, c.want, c.says)
			}
		})
	}
}

func replaceIn(name, old, fresh string) func(dir string) error {
	return func(dir string) error {
		path := filepath.Join(dir, name)
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, bytes.Replace(data, []byte(old), []byte(fresh), 1), 0o644)
	}
}

func TestReadDoesWithoutTheMachine(t *testing.T) {
	dir := mustWrite(t, small())
	if err := os.Remove(filepath.Join(dir, MachineName)); err != nil {
		t.Fatal(err)
	}
	r, err := Read(dir)
	if err != nil || r.Machine != (Machine{}) {
		t.Errorf("machine %v, error %v", r.Machine, err)
	}
}

func TestWriteReplacesARunAndNothingElse(t *testing.T) {
	dir := mustWrite(t, small())
	notes := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(notes, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "latest")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	fresh := small()
	fresh.Seed = 2
	if err := Write(link, fresh); err != nil {
		t.Fatal(err)
	}
	if m := mustManifest(t, dir); m.Seed != 2 {
		t.Errorf("the folder has seed %d, want 2", m.Seed)
	}
	if data, err := os.ReadFile(notes); err != nil || string(data) != "mine" {
		t.Errorf("a file beside the run is %q, %v", data, err)
	}
	wantEntries(t, filepath.Dir(dir), "run")
}

func wantEntries(t *testing.T, dir string, want ...string) {
	t.Helper()
	var got []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s has %v, want %v", dir, got, want)
	}
}

func TestWriteRefusesForeignFolders(t *testing.T) {
	parent := t.TempDir()
	full, file, empty := filepath.Join(parent, "full"), filepath.Join(parent, "file"), filepath.Join(parent, "empty")
	for _, dir := range []string{full, empty} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{file, filepath.Join(full, "thesis.tex")} {
		if err := os.WriteFile(name, []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{full, file} {
		for _, err := range []error{CheckFolder(dir), Write(dir, small())} {
			if !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), dir) {
				t.Errorf("%s: error %v, want %v", dir, err, ErrForeign)
			}
		}
	}
	if err := Write(empty, small()); err != nil {
		t.Error(err)
	}
	wantEntries(t, full, "thesis.tex")
	wantEntries(t, parent, "empty", "file", "full")
}

// tight is a disk with some bytes left.
type tight struct{ left int }

func (d *tight) create(string) (io.WriteCloser, error) { return d, nil }

// Write takes what fits.
func (d *tight) Write(p []byte) (int, error) {
	if len(p) > d.left {
		n := d.left
		d.left = 0
		return n, syscall.ENOSPC
	}
	d.left -= len(p)
	return len(p), nil
}

func (d *tight) Close() error { return nil }

func TestAFullDiskIsReportedPlainly(t *testing.T) {
	r := small()
	needs := 1 << 20
	all := &tight{left: needs}
	if err := writeRun(all.create, r); err != nil {
		t.Fatal(err)
	}
	needs -= all.left
	for left := 0; left < needs; left += 997 {
		err := writeRun((&tight{left: left}).create, r)
		if !errors.Is(err, ErrFull) || !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "free some space") {
			t.Fatalf("%d bytes left of %d: error %v", left, needs, err)
		}
	}
	if err := writeRun((&tight{left: needs}).create, r); err != nil {
		t.Errorf("just enough room: %v", err)
	}
}

func TestAFailedRunLeavesTheOlderOne(t *testing.T) {
	dir := mustWrite(t, small())
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
	wantEntries(t, filepath.Dir(dir), "run")
	if _, err := Read(dir); err != nil {
		t.Errorf("the older run: %v", err)
	}
}
