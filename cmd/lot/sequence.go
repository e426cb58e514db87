package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ledgerofthings/lot/dag"
)

// maxSequenceFile bounds a state file, in bytes.
const maxSequenceFile = 64

// nextSequence calls use with the number after the one in a file, and keeps it there if use succeeds. The number is on disk before
// nextSequence returns, so a crash can skip one and never gives one twice. Only one process uses a file at a time.
func nextSequence(path string, use func(seq uint64) error) error {
	lock, err := vfs.Default.Lock(path + ".lock")
	if err != nil {
		return fail(exitFailure, "wait for it, or give each process a --state file of its own", "state file %s: another process uses it: %w", path, err)
	}
	defer lock.Close()
	last, err := readSequence(path)
	if err != nil {
		return err
	}
	if last >= dag.MaxInteger {
		return fmt.Errorf("state file %s: sequence numbers are used up: the device needs a new key", path)
	}
	if err := use(last + 1); err != nil {
		return err
	}
	return writeSequence(path, last+1)
}

// readSequence returns the number in a file, 0 if there is none.
func readSequence(path string) (uint64, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("state file: %w", err)
	}
	last, err := strconv.ParseUint(strings.TrimSpace(string(text[:min(len(text), maxSequenceFile)])), 10, 64)
	if err != nil {
		return 0, fail(exitFailure, "write the last sequence number that was used into it", "state file %s: not a number", path)
	}
	return last, nil
}

// writeSequence replaces the number in a file so that a power cut leaves the old one or the new one.
func writeSequence(path string, seq uint64) error {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("state file: %w", err)
	}
	defer func() { _ = os.Remove(file.Name()) }() // it is gone when it was put in place
	_, err = fmt.Fprintln(file, seq)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("state file: %w", err)
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return fmt.Errorf("state file: %w", err)
	}
	folder, err := vfs.Default.OpenDir(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("state file: %w", err)
	}
	return errors.Join(folder.Sync(), folder.Close())
}
