package report

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// CheckFolder reports whether a run may be written to a folder: it does not exist, is empty, or has a run that would be
// replaced. Else the error is ErrForeign. It is for asking before a long run.
func CheckFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		if info, statErr := os.Stat(dir); statErr == nil && !info.IsDir() {
			return fmt.Errorf("%w: %s is a file: choose another folder", ErrForeign, dir)
		}
		return err
	case len(entries) == 0:
		return nil
	}
	if _, err := ReadManifest(dir); errors.Is(err, ErrNoRun) {
		return fmt.Errorf("%w: %s has files in it, such as %s, and is no run: choose another folder or empty this one",
			ErrForeign, dir, entries[0].Name())
	}
	return nil // a damaged run may go
}

// replaceFolder lets fill make the files of a new folder and puts it in the place of dir.
func replaceFolder(dir string, fill func(creator) error) error {
	if err := CheckFolder(dir); err != nil {
		return err
	}
	dir, err := resolve(dir)
	if err != nil {
		return err
	}
	parent := filepath.Dir(dir)
	if err := makeFolder(parent); err != nil {
		return err
	}
	work, err := os.MkdirTemp(parent, "."+filepath.Base(dir)+".part-")
	if err != nil {
		return plain(parent, err)
	}
	fresh, old := filepath.Join(work, "new"), filepath.Join(work, "old")
	defer func() {
		_ = os.RemoveAll(fresh)
		_ = os.Remove(work) // fails, as it should, if swap had to leave something in it
	}()
	if err := makeFolder(fresh); err != nil { // not work itself, which is for its owner alone
		return err
	}
	if err := fill(func(name string) (io.WriteCloser, error) { return createSynced(fresh, name) }); err != nil {
		return err
	}
	if err := syncFolder(fresh); err != nil {
		return err
	}
	if err := swap(dir, fresh, old); err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(old), syncFolder(parent))
}

// makeFolder makes a folder that others may read, as far as the user's mask allows: results are no secrets.
func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // as said above
		return plain(dir, err)
	}
	return nil
}

// resolve returns the absolute path behind symbolic links, so that the folder is replaced and not the link to it.
func resolve(dir string) (string, error) {
	if target, err := filepath.EvalSymlinks(dir); err == nil {
		dir = target
	}
	return filepath.Abs(dir)
}

// swap moves fresh to dir, and what was there to old, except files that fresh has no successor for: those stay in dir.
func swap(dir, fresh, old string) error {
	err := os.Rename(dir, old)
	if errors.Is(err, fs.ErrNotExist) {
		return os.Rename(fresh, dir)
	}
	if err != nil {
		return err
	}
	if err := os.Rename(fresh, dir); err != nil {
		return errors.Join(err, os.Rename(old, dir))
	}
	entries, err := os.ReadDir(old)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		kept := filepath.Join(dir, entry.Name())
		if _, err := os.Lstat(kept); errors.Is(err, fs.ErrNotExist) {
			if err := os.Rename(filepath.Join(old, entry.Name()), kept); err != nil {
				return fmt.Errorf("%w: what %s had beside the older run is in %s", err, dir, old)
			}
		}
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
