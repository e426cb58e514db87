package store

import (
	"errors"
	"math"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Space is what the store takes and what its volume has left, in bytes.
type Space struct {
	Used  uint64 // by this store: the database with its log, the batches and the pins
	Max   uint64 // Budget.Max
	Free  uint64 // on the volume, for this user; the greatest number if the file system does not tell
	Total uint64 // size of the volume; 0 if the file system does not tell
	// Low says that Free is below Budget.Reserve: stop taking readings, so that what was taken can still be worked off.
	Low bool
	// Over says that Used has reached Budget.Max: prune, and stop taking readings and pins.
	Over bool
}

// Room returns how much more may be taken until the reserve or the budget of the whole store is reached, in bytes.
func (s Space) Room(reserve int64) int64 {
	free := min(s.Free, math.MaxInt64/2)
	room := min(int64(free)-reserve, int64(s.Max)-int64(s.Used))
	return max(room, 0)
}

// Space measures. It costs a system call; ask every few seconds, not for every reading. On a volume that is nearly full it
// gives back Budget.Ballast, and sets it aside again when there is plenty of room.
func (s *Store) Space() (Space, error) {
	if err := s.enter(); err != nil {
		return Space{}, err
	}
	defer s.leave()
	used, err := s.used()
	if err != nil {
		return Space{}, err
	}
	space := Space{Used: used, Max: uint64(s.options.Budget.Max), Free: math.MaxUint64}
	space.Over = space.Used >= space.Max
	usage, err := s.options.FS.GetDiskUsage(s.dir)
	switch {
	case errors.Is(err, vfs.ErrUnsupported):
		return space, nil
	case err != nil:
		return Space{}, explain("measure the volume of", s.dir, err)
	}
	s.ballast.adjust(usage.AvailBytes, true)
	space.Free, space.Total = usage.AvailBytes, usage.TotalBytes
	space.Low = space.Free < uint64(s.options.Budget.Reserve)
	return space, nil
}

// Room returns how many bytes may still be taken: until the volume's reserve or the budget of the whole store is reached.
func (s *Store) Room() (int64, error) {
	space, err := s.Space()
	return space.Room(s.options.Budget.Reserve), err
}

func (s *Store) used() (uint64, error) {
	logs, err := s.logBytes()
	return s.tableBytes() + logs + uint64(s.batches.Bytes()) + uint64(s.pins.Bytes()), err
}
