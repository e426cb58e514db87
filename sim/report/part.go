package report

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// replaceFolder lets fill make the files of a run in a part folder, and moves them to dir once all of them are on the disk.
func replaceFolder(dir string, fill func(creator) error) error {
	exists, err := mayReplace(dir)
	if err != nil {
		return err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	if exists {
		return fillInside(dir, fill)
	}
	return fillBeside(dir, fill)
}

// partPrefix begins the names of part folders: those that are made in the folder of the run, and behind a dot and the name of
// that folder those that are made beside it.
const partPrefix = ".part-"

// fillBeside makes a folder that does not exist yet: it appears whole or not at all.
func fillBeside(dir string, fill func(creator) error) error {
	parent := filepath.Dir(dir)
	if err := makeFolder(parent); err != nil {
		return err
	}
	work, err := makePart(parent, "."+filepath.Base(dir)+partPrefix)
	if err != nil {
		return err
	}
	fresh := filepath.Join(work, "new") // not work itself, which is for its owner alone
	err = makeFolder(fresh)
	if err == nil {
		err = fillSynced(fresh, fill)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(work))
	}
	if err := os.Rename(fresh, dir); err != nil {
		return fmt.Errorf("%w: the whole run is in %s", err, fresh)
	}
	return errors.Join(os.Remove(work), syncFolder(parent))
}

// fillInside makes the files in a folder within dir, and moves each of them to its place. Dir itself stays what it is, since it
// may be the place where a disk is mounted, or in a folder where nothing can be made.
func fillInside(dir string, fill func(creator) error) error {
	work, err := makePart(dir, partPrefix)
	if err != nil {
		return err
	}
	if err := fillSynced(work, fill); err != nil {
		return errors.Join(err, os.RemoveAll(work))
	}
	if err := moveFiles(work, dir); err != nil {
		return fmt.Errorf("%w: what is not in %s yet is in %s", err, dir, work)
	}
	return errors.Join(os.RemoveAll(work), syncFolder(dir))
}

// makePart makes a new part folder and removes those that killed runs have left.
func makePart(parent, prefix string) (string, error) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return "", err
	}
	for _, entry := range entries {
		if entry.IsDir() && strings.HasPrefix(entry.Name(), prefix) {
			if err := os.RemoveAll(filepath.Join(parent, entry.Name())); err != nil {
				return "", fmt.Errorf("removing what a killed run has left: %w", err)
			}
		}
	}
	work, err := os.MkdirTemp(parent, prefix)
	if err != nil {
		return "", plain(parent, err)
	}
	return work, nil
}

// fillSynced fills a folder and leaves all of it on the disk.
func fillSynced(dir string, fill func(creator) error) error {
	if err := fill(func(name string) (io.WriteCloser, error) { return createSynced(dir, name) }); err != nil {
		return err
	}
	return syncFolder(dir)
}

// moveFiles moves all files of a run to their places. While dir has some of one run and some of another it has no manifest, and
// so is no whole run.
func moveFiles(from, dir string) error {
	if err := os.Remove(filepath.Join(dir, ManifestName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := syncFolder(dir); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	move := func(name string) error { return os.Rename(filepath.Join(from, name), filepath.Join(dir, name)) }
	for _, entry := range entries {
		if entry.Name() == ManifestName {
			continue
		}
		if err := move(entry.Name()); err != nil {
			return err
		}
	}
	if err := syncFolder(dir); err != nil {
		return err
	}
	return move(ManifestName)
}

// makeFolder makes a folder that others may read, as far as the user's mask allows: results are no secrets.
func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // as said above
		return plain(dir, err)
	}
	return nil
}

// syncedFile is a file whose Close leaves its content on the disk.
type syncedFile struct{ *os.File }

func createSynced(dir, name string) (io.WriteCloser, error) {
	file, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	return syncedFile{file}, nil
}

// Close syncs and closes the file.
func (f syncedFile) Close() error { return errors.Join(f.Sync(), f.File.Close()) }

// syncFolder makes the names in a folder last.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
