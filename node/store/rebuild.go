package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"

	"github.com/cockroachdb/pebble/v2"
)

// Folders beside the database's while it is rebuilt.
const (
	fillingDir    = databaseDir + ".filling"  // what was copied so far; worth nothing after a crash
	rebuiltDir    = databaseDir + ".rebuilt"  // all that could be copied, and the marks
	damagedPrefix = databaseDir + ".damaged-" // + what the caller says: what was there before
)

// Gap is a part of the database that cannot be read: keys behind From and before To, each with its range before it. From is empty for
// the beginning, To for the end.
type Gap struct{ From, To []byte }

// Touches reports whether keys of a range with a prefix may be in the gap.
func (g Gap) Touches(where Range, prefix []byte) bool {
	first := where.key(nil, prefix)
	end := successor(first)
	return (len(g.To) == 0 || bytes.Compare(first, g.To) < 0) && bytes.Compare(g.From, end) < 0
}

// Rebuilt is what came of a rebuild.
type Rebuilt struct {
	Copied uint64 // entries
	Gaps   []Gap  // in rising order
	Kept   string // folder with the damaged database
}

// maxGaps bounds how many damaged places a rebuild goes around.
const maxGaps = 10_000

// Rebuild copies what can be read of a database with damaged tables into a new one, and puts that in its place; the damaged one stays beside
// it, under a name that ends with suffix. The store must not be open; batches stay as they are. mark is told what could not be read, and
// may put entries of the engine that say what is to be done about it. It holds a mebibyte in memory besides the database's budget.
//
// A kill leaves the damaged database in its place, or none and the new one beside it, which the next Rebuild puts there.
// Errors wrap ErrLocked, ErrCorrupt if the database does not even open, ErrDiskFull, or are mark's or the operating system's.
func Rebuild(dir string, options Options, suffix string, mark func(gaps []Gap, put func(key, value []byte)) error) (Rebuilt, error) {
	options = options.orDefaults()
	lock, err := lockDir(options.FS, dir, false)
	if err != nil {
		return Rebuilt{}, fmt.Errorf("rebuild store: %w", err)
	}
	r := &rebuilding{Store: &Store{dir: dir, options: options}, suffix: suffix, mark: mark}
	r.failure = &failure{dir: dir, log: options.Logger, fatal: func(error) {}} // what fails is returned
	err = r.run()
	if err = errors.Join(err, lock.Close()); err != nil {
		return r.done, fmt.Errorf("rebuild store: %w", err)
	}
	return r.done, nil
}

// rebuilding is one run.
type rebuilding struct {
	*Store
	suffix string
	mark   func(gaps []Gap, put func(key, value []byte)) error
	done   Rebuilt
}

func (r *rebuilding) path(name string) string { return r.options.FS.PathJoin(r.dir, name) }

func (r *rebuilding) run() error {
	if known, err := readFormat(r.options.FS, r.dir); err != nil || !known {
		return errors.Join(err, fmt.Errorf("%s: %w: it is no store", r.dir, ErrFormat))
	}
	files := r.options.FS
	_, here := files.Stat(r.path(databaseDir))
	_, ready := files.Stat(r.path(rebuiltDir))
	if errors.Is(here, fs.ErrNotExist) && ready == nil {
		return r.place()
	}
	for _, name := range []string{fillingDir, rebuiltDir} {
		if err := ignoreMissing(files.RemoveAll(r.path(name))); err != nil {
			return explain("remove", r.path(name), err)
		}
	}
	if err := r.fill(); err != nil {
		return err
	}
	if err := files.Rename(r.path(fillingDir), r.path(rebuiltDir)); err != nil {
		return explain("rename", r.path(fillingDir), err)
	}
	if err := syncDir(files, r.dir); err != nil {
		return explain("sync", r.dir, err)
	}
	r.done.Kept = r.path(damagedPrefix + r.suffix)
	if err := files.Rename(r.path(databaseDir), r.done.Kept); err != nil {
		return explain("rename", r.path(databaseDir), err)
	}
	return r.place()
}

// place puts the new database where one belongs.
func (r *rebuilding) place() error {
	if err := r.options.FS.Rename(r.path(rebuiltDir), r.path(databaseDir)); err != nil {
		return explain("rename", r.path(rebuiltDir), err)
	}
	return explain("sync", r.dir, syncDir(r.options.FS, r.dir))
}

// fill makes the new database. Like that of a new store it is closed once before anything is in it.
func (r *rebuilding) fill() (err error) {
	from, err := r.database(databaseDir, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, explain("close", r.path(databaseDir), from.Close())) }()
	empty, err := r.database(fillingDir, false)
	if err != nil {
		return err
	}
	if err := empty.Close(); err != nil {
		return explain("set up", r.path(fillingDir), err)
	}
	into, err := r.database(fillingDir, false)
	if err != nil {
		return err
	}
	if err = r.copy(from, into); err == nil {
		err = errors.Join(into.Flush(), r.failure.check())
	}
	return errors.Join(err, explain("close", r.path(fillingDir), into.Close()))
}

// database opens one of the two.
func (r *rebuilding) database(name string, readOnly bool) (*pebble.DB, error) {
	o := r.options
	o.ReadOnly = readOnly
	options := o.database(r.failure.events(), r.failure)
	options.ErrorIfNotExists = readOnly
	options.DisableConsistencyCheck = readOnly // a table that is missing is a gap like a damaged one
	db, err := pebble.Open(r.path(name), options)
	return db, explain("open", r.path(name), err)
}

// copyAtOnce is how much is written at once, in bytes.
const copyAtOnce = 1 << 20

// copy copies what can be read, and then the marks.
func (r *rebuilding) copy(from, into *pebble.DB) error {
	batch := into.NewBatch()
	commit := func() error {
		err := errors.Join(into.Apply(batch, pebble.NoSync), r.failure.check())
		batch.Reset()
		return explain("write", r.path(fillingDir), err)
	}
	err := r.each(from, func(key, value []byte) error {
		r.done.Copied++
		if err := batch.Set(key, value, nil); err != nil || batch.Len() < copyAtOnce {
			return err
		}
		return commit()
	})
	if err != nil {
		return err
	}
	var failed error
	err = r.mark(r.done.Gaps, func(key, value []byte) { failed = errors.Join(failed, batch.Set(Engine.key(nil, key), value, nil)) })
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	return commit()
}
