package report

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// replacingFile takes the place of an older file when it is closed, if all of it has come to the disk.
type replacingFile struct {
	*os.File
	target string
	failed bool
}

func createReplacing(dir, name string) (io.WriteCloser, error) {
	file, err := os.CreateTemp(dir, "."+name+".part-")
	if err != nil {
		return nil, err
	}
	return &replacingFile{File: file, target: filepath.Join(dir, name)}, nil
}

// Write implements io.Writer.
func (f *replacingFile) Write(p []byte) (int, error) {
	n, err := f.File.Write(p)
	f.failed = f.failed || err != nil
	return n, err
}

// Close syncs the file and moves it to its name, or removes it if a write has failed.
func (f *replacingFile) Close() error {
	err := errors.Join(f.Sync(), f.Chmod(0o644), f.File.Close())
	if err == nil && !f.failed {
		err = os.Rename(f.Name(), f.target)
	}
	if err != nil || f.failed {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
