package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// CheckFolder reports whether a run may be written to a folder and can be: it does not exist, is empty, or has a run that
// would be replaced, whole or not; and files can be made where Write makes them. Else the error is ErrForeign or that of the
// disk. It is for asking before a long run.
func CheckFolder(dir string) error {
	exists, err := mayReplace(dir)
	if err != nil {
		return err
	}
	if !exists {
		if dir, err = nearestFolder(dir); err != nil {
			return err
		}
	}
	probe, err := os.MkdirTemp(dir, partPrefix)
	if err != nil {
		return fmt.Errorf("%s takes no files: choose another folder: %w", dir, err)
	}
	return os.Remove(probe)
}

// mayReplace reports whether a folder exists. The error is ErrForeign if a run may not be written to it.
func mayReplace(dir string) (exists bool, err error) {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Lstat(dir); err == nil {
			return false, fmt.Errorf("%w: %s is a link to a folder that does not exist: make that, or choose another one", ErrForeign, dir)
		}
		return false, nil
	case err != nil:
		if info, statErr := os.Stat(dir); statErr == nil && !info.IsDir() {
			return false, fmt.Errorf("%w: %s is a file: choose another folder", ErrForeign, dir)
		}
		return false, err
	}
	if _, err := ReadManifest(dir); errors.Is(err, ErrNoRun) && !begun(entries) && len(entries) > 0 {
		return true, fmt.Errorf("%w: %s has files in it, such as %s, and is no run: choose another folder or empty this one",
			ErrForeign, dir, entries[0].Name())
	}
	return true, nil // a damaged run may go
}

// begun reports whether a run was about to be written to a folder with these entries when the program was killed.
func begun(entries []fs.DirEntry) bool {
	for _, entry := range entries {
		if entry.IsDir() && strings.HasPrefix(entry.Name(), partPrefix) {
			return true
		}
	}
	return false
}

// nearestFolder returns the folder that exists and in which the first one on the way to dir has to be made.
func nearestFolder(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for {
		dir = filepath.Dir(dir)
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			return dir, err
		}
	}
}
