package home

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ReplaceFile puts content in the place of a file, with mode 0600: after a crash there is all of the old one or all of the new
// one. Only one process may replace a file at a time.
func ReplaceFile(path string, content []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), temporaryPrefix(filepath.Base(path))+"*") // mode 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = temporary.Write(content)
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temporary.Name()) // worth nothing; the error above says what is wrong
		return fmt.Errorf("write %s: %w", path, err)
	}
	return syncDir(filepath.Dir(path))
}
