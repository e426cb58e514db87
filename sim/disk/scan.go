package disk

import (
	"bytes"

	"github.com/RaduBerinde/btreemap"
)

// Scan implements engine.Storage. Writes that visit makes are not seen by the scan that is running. Errors wrap ErrDamaged.
func (d *Disk) Scan(prefix, from []byte, visit func(key, value []byte) bool) error {
	start := prefix
	if bytes.Compare(from, prefix) > 0 {
		start = from
	}
	s := scan{disk: d, prefix: prefix, visit: visit, cursor: newCursor(d.entries.columns, start)}
	d.pool.beginScan()
	defer d.pool.endScan()
	outer := d.scanned
	d.scanned = true
	defer func() { d.scanned = outer && d.scanned }() // not if visit wrote, for then they are copies already
	s.run(d.entries.tree, start)
	return s.err
}

// scan merges the columns with the tree.
type scan struct {
	disk   *Disk
	prefix []byte
	visit  func(key, value []byte) bool
	cursor cursor
	err    error
}

func (s *scan) run(t *tree, start []byte) {
	if t != nil {
		p := s.disk.pool
		from := p.intern(start)
		defer p.release(from)
		for key, value := range t.Ascend(btreemap.GE(from), btreemap.Max[ref]()) {
			data := p.data(key)
			if !bytes.HasPrefix(data, s.prefix) {
				break
			}
			if !s.columnsUpTo(data) || !s.show(data, value) {
				return
			}
		}
	}
	s.columnsUpTo(nil)
}

// columnsUpTo shows what the columns hold below a key, or all the rest for nil, and reports whether to go on.
func (s *scan) columnsUpTo(key []byte) bool {
	for ; s.cursor.ok && (key == nil || bytes.Compare(s.cursor.key[:], key) < 0); s.cursor.step() {
		if !bytes.HasPrefix(s.cursor.key[:], s.prefix) {
			return false // the cursor began at or above the prefix, so it is past it for good
		}
		if !s.show(s.cursor.key[:], s.cursor.value) {
			return false
		}
	}
	return true
}

// show visits one entry and reports whether to go on.
func (s *scan) show(key []byte, value ref) bool {
	if s.err = s.disk.check(key); s.err != nil {
		return false
	}
	return s.visit(key, s.disk.pool.data(value))
}
