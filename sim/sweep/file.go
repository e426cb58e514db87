package sweep

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/ledgerofthings/lot/sim/report"
)

// replaceFile writes a file that appears whole or not at all. Several machines may do so at once with the same content.
func replaceFile(dir, name string, content []byte) error {
	path := filepath.Join(dir, name)
	file, err := os.CreateTemp(dir, "."+name+".part-")
	if err != nil {
		return plain(path, err)
	}
	defer os.Remove(file.Name()) //nolint:errcheck // it is gone once it has its name
	_, err = file.Write(content)
	if err = errors.Join(err, file.Chmod(0o644), file.Sync(), file.Close()); err != nil {
		return plain(path, err)
	}
	return os.Rename(file.Name(), path)
}

// plain says what a failed write means.
func plain(path string, err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w at %s: free some space or choose a folder on another disk: %w", report.ErrFull, path, err)
	}
	return fmt.Errorf("writing %s: %w", path, err)
}
