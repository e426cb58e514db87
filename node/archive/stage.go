package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/cockroachdb/pebble/v2/vfs"
)

const (
	// staged ends the name of the folder that is being filled.
	staged = ".part"
	// noteName is the first file of a folder that is being filled, by which it is known as one. It stays, for people.
	noteName = "RESTORED.txt"
)

// stage is a folder that is filled under another name.
type stage struct {
	files     vfs.FS
	dir, part string
}

// checkFree refuses a wanted folder in which something is.
func (s *stage) checkFree() error {
	names, err := s.files.List(s.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("look into %s: %w", s.dir, err)
	case len(names) > 0:
		return fmt.Errorf("%s %w, and holds %s: a backup is restored into a new folder only", s.dir, ErrExists, names[0])
	}
	return nil
}

// begin makes the staged folder, after it has removed one that an earlier attempt left.
func (s *stage) begin(note string) error {
	names, err := s.files.List(s.part)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look into %s: %w", s.part, err)
	}
	if _, unknown := s.files.Stat(s.files.PathJoin(s.part, noteName)); unknown != nil && len(names) > 0 {
		return fmt.Errorf("%s %w and is not what an earlier restore left: remove it, or restore to another place", s.part, ErrExists)
	}
	if err := s.clear(names); err != nil {
		return fmt.Errorf("remove what an earlier restore left: %w", err)
	}
	if err := s.files.MkdirAll(s.part, 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	if err := s.restrict(s.part, 0o700); err != nil {
		return err
	}
	if err := s.write(noteName, []byte(note)); err != nil {
		return err
	}
	return s.sync(s.part) // nothing else may be there after a power cut without the note
}

// clear empties the staged folder. The note, by which it is known, goes last.
func (s *stage) clear(names []string) error {
	for _, name := range names {
		if name == noteName {
			continue
		}
		if err := s.files.RemoveAll(s.files.PathJoin(s.part, name)); err != nil {
			return err
		}
	}
	return nil
}

// restrict sets the permissions of what the operating system's file system has; others have none.
func (s *stage) restrict(path string, mode os.FileMode) error {
	if vfs.Root(s.files) != vfs.Default {
		return nil
	}
	return os.Chmod(path, mode)
}

// write makes a file of the staged folder, for the owner alone.
func (s *stage) write(name string, content []byte) error {
	path := s.files.PathJoin(s.part, name)
	f, err := s.files.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err = s.restrict(path, 0o600); err == nil {
		_, err = f.Write(append([]byte(nil), content...)) // a vfs.File may change what it is given
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// finish makes everything durable and gives the folder its name.
func (s *stage) finish() error {
	if err := s.sync(s.part); err != nil {
		return err
	}
	if names, err := s.files.List(s.dir); err == nil && len(names) == 0 {
		if err := s.files.Remove(s.dir); err != nil {
			return fmt.Errorf("make room for %s: %w", s.dir, err)
		}
	}
	if err := s.files.Rename(s.part, s.dir); err != nil {
		return fmt.Errorf("rename %s: %w", s.part, err)
	}
	return s.sync(s.files.PathDir(s.dir))
}

func (s *stage) sync(dir string) error {
	d, err := s.files.OpenDir(dir)
	if err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return nil
}
