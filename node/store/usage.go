package store

import "fmt"

// Section is a part of a range's keys that Usage tells of by name.
type Section struct {
	Name     string
	Range    Range
	Prefixes [][]byte // of keys as a Step has them; none for the whole range
}

// Usage is where the bytes of a store are. Figures of the database are estimates by its files: what was written last stands
// in the log until it is sorted in.
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
	u := Usage{Space: space, Batches: uint64(s.batches.Bytes()), Pins: uint64(s.pins.Bytes())}
	metrics := s.db.Metrics()
	u.Log = metrics.WAL.PhysicalSize + metrics.WAL.ObsoletePhysicalSize
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
	if all := metrics.DiskSpaceUsage(); all > known {
		u.Other = all - known
	}
	return u, nil
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
