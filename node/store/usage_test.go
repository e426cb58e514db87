package store

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// What was written a moment ago is told of although the database has not sorted it in by itself.
func TestUsageOfAYoungStore(t *testing.T) {
	s := open(t, "data", Options{FS: vfs.NewMem()})
	events := Section{"events", Engine, [][]byte{{'e'}}}
	fillEvents(t, s, 0, 100, 1000)
	u, err := s.Usage(events)
	if err != nil || u.Sections[0].Bytes < 100_000 || u.Sections[0].Bytes > 200_000 {
		t.Errorf("100 entries of 1,000 bytes take %+v, %v", u, err)
	}
	flushes := s.db.Metrics().Flush.Count
	fillEvents(t, s, 100, 105, 1000)
	if _, err := s.Usage(events); err != nil || s.db.Metrics().Flush.Count != flushes {
		t.Errorf("asked again for little more it wrote out again: %v", err)
	}
}

// The store tells of all that its folder takes on the disk, the room that is set aside for logs included.
func TestUsageIsWhatTheDiskSays(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := open(t, dir, Options{})
	fillEvents(t, s, 0, 500, 1000)
	u, err := s.Usage()
	if err != nil {
		t.Fatal(err)
	}
	space, err := s.Space()
	if err != nil {
		t.Fatal(err)
	}
	disk := uint64(0)
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			disk += max(allocated(info), uint64(info.Size()))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	const rest = 100_000 // small files, and each file's last block
	for what, used := range map[string]uint64{"Usage": u.Used, "Space": space.Used} {
		if used+rest < disk || used > disk+rest {
			t.Errorf("%s tells of %d bytes, the disk of %d", what, used, disk)
		}
	}
}
