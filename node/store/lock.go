package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
)

const (
	lockFile = "LOCK"
	pidFile  = "PID"
)

// lockDir takes the folder for this process. The operating system drops the lock when the process ends, however it ends.
func lockDir(files vfs.FS, dir string, readOnly bool) (io.Closer, error) {
	lock, err := files.Lock(files.PathJoin(dir, lockFile))
	if err != nil {
		return nil, explainLock(files, dir, err)
	}
	if readOnly {
		return lock, nil
	}
	// The number only serves the message that the next process prints, so it need not survive a crash.
	if err := writePID(files, files.PathJoin(dir, pidFile)); err != nil {
		return nil, errors.Join(explain("write", files.PathJoin(dir, pidFile), err), lock.Close())
	}
	return lock, nil
}

func writePID(files vfs.FS, path string) error {
	f, err := files.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, os.Getpid())
	return errors.Join(err, f.Close())
}

// explainLock tells a held lock from a folder that cannot be locked at all. A lock of this very process comes without an
// error number.
func explainLock(files vfs.FS, dir string, err error) error {
	var number syscall.Errno
	held := errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EACCES) && !errors.Is(err, fs.ErrPermission)
	if !held && errors.As(err, &number) {
		return explain("lock", files.PathJoin(dir, lockFile), err)
	}
	owner := "another lot process"
	if content, err := readFile(files, files.PathJoin(dir, pidFile), 32); err == nil {
		owner += " (pid " + strings.TrimSpace(string(content)) + ")"
	}
	return fmt.Errorf("%w: %s uses %s: stop it, or choose another folder", ErrLocked, owner, dir)
}
