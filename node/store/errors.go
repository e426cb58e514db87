package store

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
)

// Errors of this package wrap one of these.
var (
	// ErrLocked says that another process uses the folder.
	ErrLocked = errors.New("store in use")
	// ErrFormat says that the folder has a layout that this program does not read, or is no store at all.
	ErrFormat = errors.New("store has another format")
	// ErrCorrupt says that the disk returned other bytes than were written, or lost a file.
	ErrCorrupt = errors.New("store is damaged")
	// ErrDiskFull says that the volume has no room left.
	ErrDiskFull = errors.New("disk full")
	// ErrFailed says that an earlier write failed, so the store refuses all use until it is opened again.
	ErrFailed = errors.New("store stopped after a failed write")
	// ErrClosed says that the store was closed.
	ErrClosed = errors.New("store is closed")
	// ErrLimit says that a key, a value, a step or a blob is larger than allowed.
	ErrLimit = errors.New("too large for the store")
	// ErrReadOnly says that the store was opened for reading only.
	ErrReadOnly = errors.New("store is open for reading only")
	// ErrBlobNotFound says that there is no blob of that digest.
	ErrBlobNotFound = errors.New("blob not found")
	// ErrBusy says that the same blob is being written already.
	ErrBusy = errors.New("blob is being written")
	// ErrBlobBudget says that another blob would exceed Budget.Blobs or Budget.Pins.
	ErrBlobBudget = errors.New("blob budget used up")
)

const (
	adviceFull = "nothing that was acknowledged is lost, what was being written is not stored: " +
		"free space on the volume, then start again"
	adviceCorrupt = "do not delete anything: check the disk and its cable (dmesg, smartctl), copy the folder to a sound one, then let " +
		"`lot ledger check --repair` copy what can be read into a new database; what came from peers they send again, " +
		"and what nobody else has it lists"
)

// explain classifies an error of the database or the file system, and says what is lost and what to do. doing names what was
// tried, path the folder or file.
func explain(doing, path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%s %s: %w: %w: %s", doing, path, ErrDiskFull, err, adviceFull)
	case pebble.IsCorruptionError(err):
		if info := pebble.ExtractDataCorruptionInfo(err); info != nil {
			path = info.Path
		}
		return fmt.Errorf("%s %s: %w: %w: %s", doing, path, ErrCorrupt, err, adviceCorrupt)
	case errors.Is(err, pebble.ErrDBDoesNotExist):
		return fmt.Errorf("%s %s: %w: the folder was in use before but its database is gone: %s", doing, path, ErrCorrupt, adviceCorrupt)
	case errors.Is(err, pebble.ErrDBNotPristine):
		return fmt.Errorf("%s %s: %w: there is a database but the FORMAT file beside it is gone: put it back, or choose an empty folder",
			doing, path, ErrFormat)
	case errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%s %s: %w: the folder and its files must belong to the user who runs lot, on a writable volume",
			doing, path, err)
	}
	return fmt.Errorf("%s %s: %w", doing, path, err)
}
