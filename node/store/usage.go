package store

import (
	"fmt"
	"time"
)

// Section is a part of a range's keys that Usage tells of by name.
type Section struct {
	Name     string
	Range    Range
	Prefixes [][]byte // of keys as a Step has them; none for the whole range
}

// Usage is where the bytes of a store are. Figures of sections are estimates by the database's files: of what was written last, at
// most a tenth of all, some stands in the log only.
type Usage struct {
	Space
	Sections  []SectionUsage // in the order in which they were asked for
	Datastore uint64         // of DHT and peerstore
	Log       uint64         // the database's write-ahead log
	Other     uint64         // of the database: files that are about to be removed, and what no section is about
	Batches   uint64         // of this gateway
	Pins      uint64         // kept for others
}

// SectionUsage is the room that a section takes, in bytes.
type SectionUsage struct {
	Name  string
	Bytes uint64
}

// Usage measures sections and all the rest. It looks at the index of every file at the ends of a section: ask when somebody
// wants to know, not in a loop.
func (s *Store) Usage(sections ...Section) (Usage, error) {
	space, err := s.Space()
	if err != nil {
		return Usage{}, err
	}
	if err := s.enter(); err != nil {
		return Usage{}, err
	}
	defer s.leave()
	if !space.Low {
		if err := s.settle(); err != nil {
			return Usage{}, err
		}
	}
	u := Usage{Space: space, Batches: uint64(s.batches.Bytes()), Pins: uint64(s.pins.Bytes())}
	if u.Log, err = s.logBytes(); err != nil {
		return Usage{}, err
	}
	if u.Datastore, err = s.estimate([]byte{datastoreRange}); err != nil {
		return Usage{}, err
	}
	known := u.Log + u.Datastore
	for _, section := range sections {
		bytes, err := s.sectionBytes(section)
		if err != nil {
			return Usage{}, fmt.Errorf("measure %s: %w", section.Name, err)
		}
		known += bytes
		u.Sections = append(u.Sections, SectionUsage{section.Name, bytes})
	}
	if all := s.tableBytes() + u.Log; all > known {
		u.Other = all - known
	}
	u.Used = s.tableBytes() + u.Log + u.Batches + u.Pins
	return u, nil
}

const (
	// settledPart is the part of the tables, as its denominator, from which on what stands in the log alone is written out.
	settledPart = 10
	// settlePatience bounds the wait for that: a slow disk does not keep who asks.
	settlePatience = 5 * time.Second
)

// settle writes what stands in the log alone out into tables, if it is so much that the figures would be wrong without it. So
// asking often costs nothing: it is done again after the tables have grown by a tenth.
func (s *Store) settle() error {
	if s.options.ReadOnly {
		return nil
	}
	if m := s.db.Metrics(); m.WAL.Size*settledPart <= s.tableBytes() {
		return nil
	}
	written, err := s.db.AsyncFlush()
	if err != nil {
		return explain("measure", s.dir, err)
	}
	patience := time.NewTimer(settlePatience)
	defer patience.Stop()
	select {
	case <-written:
	case <-patience.C:
	}
	return s.failure.check()
}

// tableBytes returns what the database takes besides its logs.
func (s *Store) tableBytes() uint64 {
	m := s.db.Metrics()
	return m.DiskSpaceUsage() - m.WAL.PhysicalSize - m.WAL.ObsoletePhysicalSize
}

func (s *Store) sectionBytes(section Section) (total uint64, err error) {
	if len(section.Prefixes) == 0 {
		return s.estimate([]byte{byte(section.Range)})
	}
	for _, prefix := range section.Prefixes {
		bytes, err := s.estimate(section.Range.key(nil, prefix))
		if err != nil {
			return 0, err
		}
		total += bytes
	}
	return total, nil
}

// estimate returns the room of all keys with a prefix, as the database has them.
func (s *Store) estimate(prefix []byte) (uint64, error) {
	bytes, err := s.db.EstimateDiskUsage(prefix, successor(prefix))
	return bytes, explain("measure", s.dir, err)
}
