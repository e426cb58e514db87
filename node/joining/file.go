package joining

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/node/home"
)

const (
	// maxFile bounds the file, in bytes: MaxInvitations of the longest records, with room for changes.
	maxFile = 16 << 20
	// spareLines is how many lines a file may have beyond two for each record before it is written anew.
	spareLines = 64
)

// ErrDamaged says that a file of invitations cannot be read.
var ErrDamaged = errors.New("damaged")

// File keeps Invitations in a file, to which a line of JSON is appended for each change, and which is written anew when half of it
// is outdated. One process at a time may have it open, which the lock on a gateway's data folder sees to.
type File struct {
	path string
	now  func() uint64 // ms since the Unix epoch

	mu      sync.Mutex
	records []Record // in the order in which they were added
	lines   int      // in the file; 0 if there is none yet
	size    int64    // of the file, in bytes, as far as it counts
}

var _ Invitations = (*File)(nil)

// OpenFile reads the file, if there is one. now is the clock by which outdated records are dropped, in ms since the Unix epoch. A
// last line that was being written when the process ended was not acknowledged, and does not count. The error wraps ErrDamaged or is
// the operating system's.
func OpenFile(path string, now func() uint64) (*File, error) {
	f := &File{path: path, now: now}
	text, err := readFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f, nil
	case err != nil:
		return nil, fmt.Errorf("invitations: %w", err)
	}
	j, err := decodeJournal(text)
	if err != nil {
		return nil, fmt.Errorf("invitations in %s: %w: %w; move the file away, and those who wait need new invitations", path, ErrDamaged, err)
	}
	f.records, f.lines, f.size = j.records, j.lines, int64(j.size)
	return f, nil
}

func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("%s: %w: larger than %d bytes", path, ErrDamaged, maxFile)
	}
	return text, err
}

// begin drops what is outdated, which the file says until it is written anew. The caller holds mu until it has changed what it wants.
func (f *File) begin() {
	now := f.now()
	f.records = slices.DeleteFunc(f.records, func(r Record) bool { return r.outdated(now) })
}

// change makes a change durable, by its line or by writing the file anew, and then has the records be what edit makes of them. If
// anything fails the records stay as they were.
func (f *File) change(line []byte, edit func([]Record) []Record) error {
	if f.lines > 0 && f.lines < 2*len(f.records)+spareLines && f.size+int64(len(line)) < maxFile {
		err := f.appendLine(line)
		if err == nil {
			f.records = edit(f.records)
		}
		if !errors.Is(err, fs.ErrNotExist) { // else somebody has moved it away
			return inFile(err)
		}
	}
	records := edit(slices.Clone(f.records))
	if err := f.replace(records); err != nil {
		return inFile(err)
	}
	f.records = records
	return nil
}

// inFile says what an error is about.
func inFile(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("invitations: %w", err)
}

// appendLine writes a line behind those that count.
func (f *File) appendLine(line []byte) error {
	file, err := os.OpenFile(f.path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if err = file.Truncate(f.size); err == nil { // of a write that broke off
		_, err = file.WriteAt(line, f.size)
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	f.lines, f.size = f.lines+1, f.size+int64(len(line))
	return nil
}

// replace writes the file anew.
func (f *File) replace(records []Record) error {
	text, err := encodeJournal(records)
	if err != nil {
		return err
	}
	if err := home.ReplaceFile(f.path, text); err != nil {
		return err
	}
	f.lines, f.size = len(records)+1, int64(len(text))
	return nil
}

// put keeps a record in the place of the one with its id, or as a new one.
func (f *File) put(r Record) error {
	line, err := encodeRecord(nil, r)
	if err != nil {
		return inFile(err)
	}
	return f.change(line, func(records []Record) []Record {
		if n := place(records, r.ID); n >= 0 {
			records[n] = r
			return records
		}
		return append(records, r)
	})
}

// Add implements Invitations.
func (f *File) Add(r Record) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.begin()
	if len(f.records) >= MaxInvitations {
		return fmt.Errorf("%w: %d are kept; revoke some that are not needed", ErrTooManyInvitations, len(f.records))
	}
	return f.put(r)
}

// Find implements Invitations.
func (f *File) Find(id bootstrap.InvitationID) (Record, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := place(f.records, id); n >= 0 {
		return f.records[n], true
	}
	return Record{}, false
}

// Open implements Invitations.
func (f *File) Open() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	return slices.ContainsFunc(f.records, func(r Record) bool { return r.open(now) })
}

// List implements Invitations.
func (f *File) List() []Record {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	list := slices.DeleteFunc(slices.Clone(f.records), func(r Record) bool { return r.outdated(now) })
	slices.Reverse(list)
	return list
}

// Use implements Invitations.
func (f *File) Use(id bootstrap.InvitationID, use Use) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.begin()
	n := place(f.records, id)
	if n < 0 {
		return fmt.Errorf("%w: %s", ErrNoInvitation, id)
	}
	r := f.records[n]
	if r.Use != nil {
		if r.Use.Application != use.Application {
			return fmt.Errorf("%w by %s", ErrInvitationUsed, r.Use.Application.Name)
		}
		return nil
	}
	r.Use = &use
	return f.put(r)
}

// Revoke implements Invitations.
func (f *File) Revoke(id bootstrap.InvitationID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.begin()
	n := place(f.records, id)
	switch {
	case n < 0:
		return fmt.Errorf("%w: %s", ErrNoInvitation, id)
	case f.records[n].Use != nil:
		return fmt.Errorf("%w by %s", ErrInvitationUsed, f.records[n].Use.Application.Name)
	}
	line, err := encodeLine(nil, lineForm{ID: id, Gone: true})
	if err != nil {
		return inFile(err)
	}
	return f.change(line, func(records []Record) []Record {
		return slices.DeleteFunc(records, func(r Record) bool { return r.ID == id })
	})
}

func place(records []Record, id bootstrap.InvitationID) int {
	return slices.IndexFunc(records, func(r Record) bool { return r.ID == id })
}
