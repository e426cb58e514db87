package store

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// logSuffix ends the names of the database's write-ahead logs.
const logSuffix = ".log"

// logBytes returns what the logs of the database take on the disk. Pebble sets room aside for a log before it writes to it and
// tells the size of what is written; what counts against a volume is the room.
func (s *Store) logBytes() (total uint64, err error) {
	dir := s.options.FS.PathJoin(s.dir, databaseDir)
	names, err := s.options.FS.List(dir)
	if err != nil {
		return 0, explain("measure", dir, err)
	}
	for _, name := range names {
		if !strings.HasSuffix(name, logSuffix) {
			continue
		}
		info, err := s.options.FS.Stat(s.options.FS.PathJoin(dir, name))
		switch {
		case errors.Is(err, fs.ErrNotExist): // it has been used up since
		case err != nil:
			return 0, fmt.Errorf("measure %s: %w", name, explain("look at", dir, err))
		default:
			total += max(uint64(max(info.Size(), 0)), allocated(info))
		}
	}
	return total, nil
}
