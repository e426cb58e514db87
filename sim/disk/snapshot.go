package disk

import "maps"

// Snapshot is an older state of a disk: a copy of a data folder that an operator keeps. It is a user of what it holds until
// Release.
type Snapshot struct {
	pool    *Pool
	entries entries
	blobs   map[[32]byte]ref
	damaged map[string]struct{}
}

// Snapshot copies the disk as it is, with what is not synced; writes of an unfinished step are in it too.
func (d *Disk) Snapshot() *Snapshot {
	s := &Snapshot{pool: d.pool, entries: d.entries.clone(), blobs: maps.Clone(d.blobs), damaged: maps.Clone(d.damaged)}
	s.each(d.pool.hold)
	return s
}

// Release frees what only the snapshot holds. It must not be used any more.
func (s *Snapshot) Release() {
	s.each(s.pool.release)
	*s = Snapshot{pool: s.pool}
}

// Restore makes the disk what it was when the snapshot was taken, all of it synced. The snapshot, which must be of a disk of
// the same pool, can be used again. The disk must not be in a scan.
func (d *Disk) Restore(s *Snapshot) {
	d.Discard()
	d.journal.forget(d.pool, d.journal.len())
	old := Snapshot{pool: d.pool, entries: d.entries, blobs: d.blobs}
	d.entries, d.blobs, d.damaged = s.entries.clone(), maps.Clone(s.blobs), maps.Clone(s.damaged)
	s.each(d.pool.hold)
	old.Release()
}

// Wipe empties the disk, as when a gateway gets a new one.
func (d *Disk) Wipe() { d.Restore(&Snapshot{pool: d.pool}) }

// each visits all refs that the snapshot is a user of.
func (s *Snapshot) each(visit func(ref)) {
	s.entries.each(func(r ref) {
		if r != 0 {
			visit(r)
		}
	})
	for _, r := range s.blobs { // every one is counted by itself, so the order does not matter
		visit(r)
	}
}
