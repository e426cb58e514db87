package store

import (
	"errors"
	"log/slog"

	"github.com/cockroachdb/pebble/v2/vfs"
)

const ballastFile = "BALLAST"

// ballast is a file without content that holds blocks of the volume. When others fill the volume up, removing it leaves room
// enough to delete what can be deleted: a deletion is first written to the log, and a compaction writes before it removes.
type ballast struct {
	files vfs.FS
	dir   string
	path  string
	size  int64
	log   *slog.Logger
}

func newBallast(options Options, dir string) ballast {
	size := options.Budget.Ballast
	if options.ReadOnly {
		size = 0
	}
	return ballast{options.FS, dir, options.FS.PathJoin(dir, ballastFile), size, options.Logger}
}

// freeIfFull removes the file if the volume has less room than the file would give.
func (b *ballast) freeIfFull() {
	if b.size == 0 {
		return
	}
	if usage, err := b.files.GetDiskUsage(b.dir); err == nil {
		b.adjust(usage.AvailBytes, false)
	}
}

// adjust removes the file when the volume is nearly full, and if wanted lays it out again when there is plenty of room. It
// is an offer, not a promise: on a file system that cannot set blocks aside the file holds nothing.
func (b *ballast) adjust(free uint64, wanted bool) {
	if b.size == 0 {
		return
	}
	_, missing := b.files.Stat(b.path)
	switch {
	case free < uint64(b.size) && missing == nil:
		if err := b.files.Remove(b.path); err != nil {
			b.log.Error("the disk is full, and the ballast file cannot be removed", "file", b.path, "error", err)
			return
		}
		b.log.Warn("the disk is nearly full: the ballast file was removed, so that pruning goes on", "file", b.path, "freed", b.size)
	case wanted && missing != nil && free >= 4*uint64(b.size):
		if err := b.lay(); err != nil {
			b.log.Warn("no ballast could be set aside", "file", b.path, "error", errors.Join(err, ignoreMissing(b.files.Remove(b.path))))
		}
	}
}

// lay writes the file.
func (b *ballast) lay() error {
	f, err := b.files.Create(b.path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	return errors.Join(f.Preallocate(0, b.size), f.Sync(), f.Close())
}
