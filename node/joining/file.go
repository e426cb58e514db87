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

// maxFile bounds the file, in bytes: MaxInvitations of the longest records.
const maxFile = 16 << 20

// ErrDamaged says that a file of invitations cannot be read.
var ErrDamaged = errors.New("damaged")

// File keeps Invitations in a JSON file, which it replaces as a whole. One process at a time may have it open, which the lock on a
// gateway's data folder sees to.
type File struct {
	path string
	now  func() uint64 // ms since the Unix epoch

	mu      sync.Mutex
	records []Record // in the order in which they were added
}

var _ Invitations = (*File)(nil)

// OpenFile reads the file, if there is one. now is the clock by which outdated records are dropped, in ms since the Unix epoch. The
// error wraps ErrDamaged or is the operating system's.
func OpenFile(path string, now func() uint64) (*File, error) {
	f := &File{path: path, now: now}
	text, err := readFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f, nil
	case err != nil:
		return nil, fmt.Errorf("invitations: %w", err)
	}
	if f.records, err = decodeRecords(text); err != nil {
		return nil, fmt.Errorf("invitations in %s: %w: %w; move the file away, and those who wait need new invitations", path, ErrDamaged, err)
	}
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

// change replaces the file by what edit makes of the records, less those that are outdated. What edit gets is a copy; if anything
// fails the records stay as they were.
func (f *File) change(edit func([]Record) ([]Record, error)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	kept := slices.DeleteFunc(slices.Clone(f.records), func(r Record) bool { return r.outdated(now) })
	records, err := edit(kept)
	if err != nil {
		return err
	}
	text, err := encodeRecords(records)
	if err != nil {
		return fmt.Errorf("invitations: %w", err)
	}
	if err := home.ReplaceFile(f.path, text); err != nil {
		return fmt.Errorf("invitations: %w", err)
	}
	f.records = records
	return nil
}

// Add implements Invitations.
func (f *File) Add(r Record) error {
	return f.change(func(records []Record) ([]Record, error) {
		if len(records) >= MaxInvitations {
			return nil, fmt.Errorf("%w: %d are kept; revoke some that are not needed", ErrTooManyInvitations, len(records))
		}
		return append(records, r), nil
	})
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
	return f.change(func(records []Record) ([]Record, error) {
		n := place(records, id)
		if n < 0 {
			return nil, fmt.Errorf("%w: %s", ErrNoInvitation, id)
		}
		if before := records[n].Use; before != nil && before.Application != use.Application {
			return nil, fmt.Errorf("%w by %s", ErrInvitationUsed, before.Application.Name)
		}
		if records[n].Use == nil {
			records[n].Use = &use
		}
		return records, nil
	})
}

// Revoke implements Invitations.
func (f *File) Revoke(id bootstrap.InvitationID) error {
	return f.change(func(records []Record) ([]Record, error) {
		n := place(records, id)
		switch {
		case n < 0:
			return nil, fmt.Errorf("%w: %s", ErrNoInvitation, id)
		case records[n].Use != nil:
			return nil, fmt.Errorf("%w by %s", ErrInvitationUsed, records[n].Use.Application.Name)
		}
		return slices.Delete(records, n, n+1), nil
	})
}

func place(records []Record, id bootstrap.InvitationID) int {
	return slices.IndexFunc(records, func(r Record) bool { return r.ID == id })
}
