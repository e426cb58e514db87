package disk

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
)

// Crash leaves what a restarted node finds after a power cut: what was synced, and of the turns that were appended since the
// first few, as a log does whose torn end is dropped. Keep is given their number and returns how many of them are left; nil
// leaves none. Writes of an unfinished step are gone.
func (d *Disk) Crash(keep func(turns int) int) {
	d.Discard()
	kept := 0
	if keep != nil {
		kept = min(max(keep(d.journal.len()), 0), d.journal.len())
	}
	d.undo(kept)
	d.journal.forget(d.pool, kept) // the restarted node has them on disk
}

// Full says whether the disk is full: PutBlob then fails. Entries are still taken, as from the room that a gateway keeps in
// reserve.
func (d *Disk) Full(full bool) { d.full = full }

// Corrupt flips a bit in one stored value or blob, drawn by a function that returns one of 0 to n-1. The checksums of a real
// disk notice that: reading the value fails until it is written anew, and a blob is gone, as one that can be fetched again.
// It returns what was hit, in words; empty if nothing is stored.
func (d *Disk) Corrupt(draw func(n int) int) string {
	blobs := slices.SortedFunc(maps.Keys(d.blobs), func(a, b [32]byte) int { return bytes.Compare(a[:], b[:]) })
	stored := d.Len()
	if stored+len(blobs) == 0 {
		return ""
	}
	n := draw(stored + len(blobs))
	if n >= stored {
		d.dropBlob(blobs[n-stored])
		return fmt.Sprintf("blob %x", blobs[n-stored])
	}
	key := d.keyAt(n)
	d.damage(key)
	return fmt.Sprintf("value of key %x", key)
}

func (d *Disk) damage(key []byte) {
	if d.damaged == nil {
		d.damaged = map[string]struct{}{}
	}
	d.damaged[string(key)] = struct{}{}
}

// Len returns the number of entries, blobs aside. It takes time in proportion.
func (d *Disk) Len() (n int) {
	d.keys(func([]byte) bool { n++; return true })
	return n
}

// keyAt returns the n-th key.
func (d *Disk) keyAt(n int) (key []byte) {
	d.keys(func(k []byte) bool {
		key, n = k, n-1
		return n >= 0
	})
	return bytes.Clone(key)
}

// keys visits all keys in order, also those whose value cannot be read.
func (d *Disk) keys(visit func(key []byte) bool) { d.keysFrom(nil, visit) }

// keysFrom is keys for those that are not below from.
func (d *Disk) keysFrom(from []byte, visit func(key []byte) bool) {
	damaged := d.damaged
	d.damaged = nil
	_ = d.Scan(nil, from, func(key, _ []byte) bool { return visit(key) }) // fails on damage only
	d.damaged = damaged
}
