package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Format is the version of the folder's layout that this program reads and writes.
const Format = 1

const formatFile = "FORMAT"

// readFormat reports whether the folder has been set up, and refuses other formats than ours.
func readFormat(files vfs.FS, dir string) (found bool, err error) {
	path := files.PathJoin(dir, formatFile)
	content, err := readFile(files, path, 64)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, explain("read", path, err)
	}
	version, ok := parseFormat(content)
	switch {
	case !ok:
		return false, fmt.Errorf("read %s: %w: %q is not what lot writes there", path, ErrFormat, content)
	case version > Format:
		return false, fmt.Errorf("read %s: %w: a newer lot wrote format %d, this one reads up to %d: install the newer lot",
			path, ErrFormat, version, Format)
	case version < Format:
		return false, fmt.Errorf("read %s: %w: format %d is no longer read, this lot reads %d: open it once with an older lot",
			path, ErrFormat, version, Format)
	}
	return true, nil
}

// formatText is what the FORMAT file of a version holds.
func formatText(version uint64) []byte { return fmt.Appendf(nil, "lot store %d\n", version) }

// parseFormat is the inverse of formatText; it accepts nothing else.
func parseFormat(content []byte) (version uint64, ok bool) {
	digits := strings.TrimSuffix(strings.TrimPrefix(string(content), "lot store "), "\n")
	version, err := strconv.ParseUint(digits, 10, 32)
	return version, err == nil && bytes.Equal(content, formatText(version))
}

// writeFormat marks the folder as set up. It is the last act of setting up, so a folder without it holds nothing.
func writeFormat(files vfs.FS, dir string) error {
	path := files.PathJoin(dir, formatFile)
	return explain("write", path, writeFile(files, dir, path, formatText(Format)))
}

// readFile returns the content of a file of at most limit bytes.
func readFile(files vfs.FS, path string, limit int64) ([]byte, error) {
	f, err := files.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(content)) > limit {
		err = fmt.Errorf("%w: more than %d bytes", ErrLimit, limit)
	}
	return content, err
}

// temporary ends the name of a file that is being written; such a file is worth nothing after a crash.
const temporary = ".tmp"

// writeFile replaces path, a file in dir, so that after a crash either all of content is there or the file is as before.
func writeFile(files vfs.FS, dir, path string, content []byte) error {
	if err := writeSynced(files, path+temporary, content); err != nil {
		return errors.Join(err, ignoreMissing(files.Remove(path+temporary)))
	}
	if err := files.Rename(path+temporary, path); err != nil {
		return err
	}
	return syncDir(files, dir)
}

func writeSynced(files vfs.FS, path string, content []byte) error {
	f, err := files.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	if _, err = f.Write(bytes.Clone(content)); err == nil { // a vfs.File may change what it is given
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncDir makes names in a folder durable.
func syncDir(files vfs.FS, dir string) error {
	d, err := files.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
