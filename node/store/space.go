package store

import (
	"errors"
	"math"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Space is what the store takes and what its volume has left, in bytes.
type Space struct {
	Used  uint64 // by this store: the database with its log, and the blobs
	Free  uint64 // on the volume, for this user; the greatest number if the file system does not tell
	Total uint64 // size of the volume; 0 if the file system does not tell
	// Low says that Free is below Budget.Reserve: stop taking readings, so that what was taken can still be worked off.
	Low bool
}

// Space measures. It costs a system call; ask every few seconds, not for every reading.
func (s *Store) Space() (Space, error) {
	if err := s.enter(); err != nil {
		return Space{}, err
	}
	defer s.leave()
	space := Space{Used: s.db.Metrics().DiskSpaceUsage() + uint64(s.blobs.used()), Free: math.MaxUint64}
	usage, err := s.options.FS.GetDiskUsage(s.dir)
	switch {
	case errors.Is(err, vfs.ErrUnsupported):
		return space, nil
	case err != nil:
		return Space{}, explain("measure the volume of", s.dir, err)
	}
	space.Free, space.Total = usage.AvailBytes, usage.TotalBytes
	space.Low = space.Free < uint64(s.options.Budget.Reserve)
	return space, nil
}
