package disk

import (
	"errors"
	"fmt"
)

// Limits of what engine.Storage takes, in bytes.
const (
	MaxKey   = 256
	MaxValue = 4 << 20
)

// Errors of this package wrap one of these.
var (
	// ErrDamaged says that what was read is not what was written: its checksum does not hold.
	ErrDamaged = errors.New("the disk returned other bytes than were written")
	// ErrFull says that there is no room for a blob.
	ErrFull = errors.New("disk full")
	// ErrLimit says that a key or a value is larger than allowed.
	ErrLimit = errors.New("too large for the disk")
)

// Disk is the storage of one node. The writes of a step are read by it at once, and end with Commit, Append or Discard.
type Disk struct {
	pool    *Pool
	entries entries
	journal journal
	blobs   map[[32]byte]ref
	damaged map[string]struct{} // keys whose value cannot be read
	refused error               // of the first write of the step that is against the limits
	counts  Counts
	full    bool
	wrote   bool // the step has writes
	scanned bool // entries are those of a scan that is running: they are copied before a write
}

// Counts is what a disk was asked to do since it was made; a crash does not reset it.
type Counts struct {
	Syncs uint64 // how often the step's writes were waited for; blobs are written with two more each
	Turns uint64 // Commit and Append calls with writes
	Bytes uint64 // of keys, values and blobs
}

// New returns an empty disk in a pool.
func New(p *Pool) *Disk { return &Disk{pool: p} }

// Counts returns what the disk was asked to do.
func (d *Disk) Counts() Counts { return d.counts }

// Get implements engine.Storage. The slice must not be changed. Errors wrap ErrDamaged.
func (d *Disk) Get(key []byte) ([]byte, error) {
	r := d.entries.get(d.pool, key)
	if r == 0 {
		return nil, nil
	}
	if err := d.check(key); err != nil {
		return nil, err
	}
	return d.pool.data(r), nil
}

// check refuses to read the value of a damaged key.
func (d *Disk) check(key []byte) error {
	if len(d.damaged) == 0 {
		return nil
	}
	if _, bad := d.damaged[string(key)]; !bad {
		return nil
	}
	return fmt.Errorf("read %x: %w", key, ErrDamaged)
}

// Put implements engine.Storage. Key and value are copied. What exceeds a limit makes Commit and Append fail with ErrLimit.
func (d *Disk) Put(key, value []byte) {
	if d.admit(key, value) {
		d.write(key, d.pool.intern(value))
	}
}

// Delete implements engine.Storage.
func (d *Disk) Delete(key []byte) {
	if d.admit(key, nil) {
		d.write(key, 0)
	}
}

func (d *Disk) admit(key, value []byte) bool {
	switch {
	case d.refused != nil:
		return false
	case len(key) > MaxKey:
		d.refused = fmt.Errorf("%w: key of %d bytes, at most %d are allowed", ErrLimit, len(key), MaxKey)
	case len(value) > MaxValue:
		d.refused = fmt.Errorf("%w: value of %d bytes at key %x, at most %d are allowed", ErrLimit, len(value), key, MaxValue)
	}
	d.counts.Bytes += uint64(len(key) + len(value))
	d.wrote = true
	return d.refused == nil
}

// write puts a value at a key, 0 for none, and notes in the journal what was there.
func (d *Disk) write(key []byte, value ref) {
	if d.scanned {
		d.entries, d.scanned = d.entries.clone(), false
	}
	s, ok := numberedSlot(key)
	if !ok {
		s = slot{key: d.pool.intern(key)} // the journal is its user
	}
	d.journal.note(change{slot: s, before: d.entries.swap(d.pool, s, value), healed: d.heal(key)})
}

// heal forgets a damage, since the value is written anew, and reports whether there was one.
func (d *Disk) heal(key []byte) bool {
	if len(d.damaged) == 0 {
		return false
	}
	_, bad := d.damaged[string(key)]
	delete(d.damaged, string(key))
	return bad
}

// Commit syncs the step's writes, and with them all that was appended before. A step without writes syncs nothing. The
// error, of a step that wrote what is against the limits, wraps ErrLimit; nothing of that step counts then.
func (d *Disk) Commit() error {
	wrote := d.wrote
	if err := d.Append(); err != nil || !wrote {
		return err
	}
	d.counts.Syncs++
	d.journal.forget(d.pool, d.journal.len())
	return nil
}

// Append makes the step's writes a turn that later ones find, and that a crash may take back until a Commit with writes
// follows. Errors are those of Commit.
func (d *Disk) Append() error {
	if err := d.refused; err != nil {
		d.Discard()
		return fmt.Errorf("commit: %w", err)
	}
	if d.wrote {
		d.counts.Turns++
		d.journal.endTurn(d.pool)
	}
	d.wrote = false
	return nil
}

// Discard takes back the step's writes.
func (d *Disk) Discard() {
	d.undo(d.journal.len())
	d.wrote, d.refused = false, nil
}

// Unsynced returns how many turns a crash may take back; see Pool.Window.
func (d *Disk) Unsynced() int { return d.journal.len() }

// undo takes back all changes of the turns from a number on, and of the step.
func (d *Disk) undo(turn int) {
	changes := d.journal.from(turn)
	for i := len(changes) - 1; i >= 0; i-- {
		c := &changes[i]
		d.pool.release(d.entries.swap(d.pool, c.slot, c.before))
		if c.healed {
			d.damage(c.slot.appendKey(d.pool, nil))
		}
		d.pool.release(c.slot.key)
	}
	d.journal.cut(turn)
}
