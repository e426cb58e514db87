package archive

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ledgerofthings/lot/node/store"
)

// dataName is the database's folder in a home folder.
const dataName = "data"

// Restoring says what is restored where.
type Restoring struct {
	// Open opens the backup from its beginning; it is called twice, because all of it is read before anything is written.
	Open       func() (io.ReadCloser, error)
	Identities []age.Identity
	Dir        string // the new home folder; there must be nothing or an empty folder
	Now        uint64 // ms since the Unix epoch
	Progress   Progress
	// Budget bounds what the database takes while it is filled.
	Budget store.Budget
	// FS is the file system; nil is the operating system's.
	FS vfs.FS
}

// Inspect reads a backup to its end and writes nothing. Errors wrap ErrLocked, ErrVersion or ErrDamaged, or come from the
// file.
func Inspect(backup io.Reader, identities []age.Identity, progress Progress) (Manifest, End, error) {
	plain, err := unlock(backup, identities)
	if err != nil {
		return Manifest{}, End{}, err
	}
	r, err := read(plain)
	if err != nil {
		return Manifest{}, End{}, err
	}
	done, homes := uint64(0), 0
	err = r.each(func(name string, content []byte) error {
		if strings.HasPrefix(name, homeFolder) {
			homes++
		}
		done += uint64(len(content))
		progress(done, r.manifest.Bytes)
		return nil
	})
	if err == nil && homes != len(r.manifest.Home) {
		err = fmt.Errorf("%w: %d of %d files of the home folder", ErrDamaged, homes, len(r.manifest.Home))
	}
	return r.manifest, r.end, err
}

// Restore makes a new home folder from a backup. The folder is filled under another name and renamed at the end, so that a
// kill at any point leaves either no folder of the wanted name or all of it; Restore called again removes what was left and
// begins anew. The folder has the mark Restored. Errors wrap ErrExists, ErrLocked, ErrVersion or ErrDamaged, one of package
// store, or come from the operating system.
func Restore(o Restoring) (Manifest, End, error) {
	s := &stage{files: o.FS, dir: o.Dir, part: o.Dir + staged}
	if s.files == nil {
		s.files = vfs.Default
	}
	m, end, err := o.restore(s)
	if err != nil {
		return m, end, fmt.Errorf("restore: %w", err)
	}
	return m, end, nil
}

func (o Restoring) restore(s *stage) (Manifest, End, error) {
	if err := s.checkFree(); err != nil {
		return Manifest{}, End{}, err
	}
	twice := func(done, total uint64) { o.Progress(done/2, total) }
	m, end, err := o.inspect(twice)
	if err != nil {
		return m, end, err
	}
	if err := s.begin(o.note(m)); err != nil {
		return m, end, err
	}
	if err := o.fill(s, end, func(done, total uint64) { o.Progress((total+done)/2, total) }); err != nil {
		return m, end, err
	}
	return m, end, s.finish()
}

func (o Restoring) inspect(progress Progress) (m Manifest, end End, err error) {
	file, err := o.Open()
	if err != nil {
		return m, end, err
	}
	defer file.Close()
	return Inspect(file, o.Identities, progress)
}

// note is what the folder says of itself to people.
func (o Restoring) note(m Manifest) string {
	return fmt.Sprintf(`This folder was restored from a backup of gateway %q (%s),
which was made at %s and restored at %s.

The gateway that the backup is of must never run again: two gateways with one key freeze it.
`, m.Name, m.Key, moment(m.Created), moment(o.Now))
}

// moment writes a time in ms since the Unix epoch.
func moment(ms uint64) string { return time.UnixMilli(int64(ms)).UTC().Format(time.RFC3339) }

// fill reads the backup a second time, into the staged folder. It must be the same that was read before.
func (o Restoring) fill(s *stage, checked End, progress Progress) (err error) {
	file, err := o.Open()
	if err != nil {
		return err
	}
	defer file.Close()
	plain, err := unlock(file, o.Identities)
	if err != nil {
		return err
	}
	r, err := read(plain)
	if err != nil {
		return err
	}
	budget := o.Budget
	budget.Blobs = max(budget.Blobs, int64(r.manifest.Bytes)*2) // what was there before fits
	data, err := store.Open(s.files.PathJoin(s.part, dataName), store.Options{
		FS: s.files, Budget: budget, Logger: slog.New(slog.DiscardHandler), Fatal: func(error) {}, // the calls return the error
	})
	if err != nil {
		return err
	}
	defer func() {
		if data.Err() == nil { // else closing would wait until the disk takes what it refused
			err = errors.Join(err, data.Close())
		}
	}()
	into := &filling{stage: s, store: data, engine: data.BeginIn(store.Engine), replicas: data.BeginIn(store.Replicas)}
	if err := into.mark(Restored{At: o.Now, Created: r.manifest.Created}); err != nil {
		return err
	}
	done := uint64(0)
	err = r.each(func(name string, content []byte) error {
		done += uint64(len(content))
		progress(done, r.manifest.Bytes)
		return into.put(name, content)
	})
	if err == nil && r.end != checked {
		err = fmt.Errorf("%w: it changed while it was read", ErrDamaged)
	}
	return err
}

// filling puts the files of a backup into a staged folder.
type filling struct {
	stage            *stage
	store            *store.Store
	engine, replicas *store.Step
}

func (f *filling) mark(mark Restored) error {
	f.engine.Put([]byte(RestoredKey), mark.Encode())
	return f.engine.Commit()
}

func (f *filling) put(name string, content []byte) error {
	switch {
	case strings.HasPrefix(name, homeFolder):
		return f.stage.write(strings.TrimPrefix(name, homeFolder), content)
	case strings.HasPrefix(name, blobFolder):
		_, err := f.store.PutBlob(content)
		return err
	}
	err := Unpack(content, func(key, value []byte) error {
		where, key := store.Range(key[0]), key[1:]
		switch {
		case where == store.Replicas:
			f.replicas.Put(key, value)
		case string(key) != RestoredKey: // that of a former move
			f.engine.Put(key, value)
		}
		return nil
	})
	return errors.Join(err, f.engine.Commit(), f.replicas.Commit())
}
