package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ipfs/go-datastore"
	pebbleds "github.com/ipfs/go-ds-pebble"
)

// Store is an open folder. Its methods may be called from any goroutine; a Step belongs to one goroutine.
type Store struct {
	dir     string
	options Options
	lock    io.Closer
	db      *pebble.DB
	batches *Blobs
	pins    *Blobs
	ballast ballast
	failure *failure

	// mu guards closed and snapshots; users counts the calls inside. Close waits for them, because pebble panics when used after Close. A
	// call made from inside another one (by a visitor of Scan) is refused once Close waits, so neither waits for the other.
	mu        sync.Mutex
	closed    bool
	users     sync.WaitGroup
	snapshots map[*Snapshot]struct{} // open ones
}

// Open opens the folder dir, sets it up if it is new, and recovers what a crash left. Errors wrap ErrLocked, ErrFormat,
// ErrCorrupt or ErrDiskFull, or come from the operating system.
func Open(dir string, options Options) (*Store, error) {
	options = options.orDefaults()
	if err := prepareDir(options.FS, dir, options.ReadOnly); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	ballast := newBallast(options, dir)
	ballast.freeIfFull() // what follows writes, even the lock, and only an open store can delete what is to be deleted
	lock, err := lockDir(options.FS, dir, options.ReadOnly)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s := &Store{dir: dir, options: options, lock: lock, ballast: ballast}
	s.failure = &failure{dir: dir, log: options.Logger, fatal: options.Fatal}
	if err := s.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("open store: %w", err), lock.Close())
	}
	return s, nil
}

// prepareDir makes the folder, readable by its owner alone.
func prepareDir(files vfs.FS, dir string, readOnly bool) error {
	if readOnly {
		_, err := files.Stat(dir)
		return explain("look at", dir, err)
	}
	if err := files.MkdirAll(dir, 0o700); err != nil {
		return explain("make folder", dir, err)
	}
	if files != vfs.Default {
		return nil
	}
	return explain("restrict folder", dir, os.Chmod(dir, 0o700))
}

// open opens database and blobs. A folder without FORMAT must be empty, one with FORMAT must have a database, so neither a
// lost file nor a wrong folder is taken for a new store.
func (s *Store) open() error {
	known, err := readFormat(s.options.FS, s.dir)
	if err != nil {
		return err
	}
	if !known {
		if err := s.setUp(); err != nil {
			return err
		}
	}
	if s.batches, err = s.openBlobs(batchesDir, s.options.Budget.Blobs); err != nil {
		return err
	}
	if s.pins, err = s.openBlobs(pinsDir, s.options.Budget.Pins); err != nil {
		return err
	}
	s.db, err = s.openDatabase(func(o *pebble.Options) { o.ErrorIfNotExists = true })
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: %w: %s", ErrCorrupt, err, adviceCorrupt)
	}
	return err
}

// databaseDir is the database's folder in that of the store.
const databaseDir = "db"

func (s *Store) openDatabase(change func(*pebble.Options)) (*pebble.DB, error) {
	options := s.options.database(s.failure.events(), s.failure)
	change(options)
	path := s.options.FS.PathJoin(s.dir, databaseDir)
	db, err := pebble.Open(path, options)
	return db, explain("open", path, err)
}

// setUp makes a new folder: first its content is durable, then the file that says so, then the folder's own name. The new
// database is closed once, because pebble's first log is in an old format in which damage may pass for its end.
func (s *Store) setUp() error {
	if s.options.ReadOnly {
		return fmt.Errorf("read %s: %w: there is no store yet", s.dir, fs.ErrNotExist)
	}
	db, err := s.openDatabase(func(o *pebble.Options) { o.ErrorIfNotPristine = true })
	if err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return explain("set up", s.dir, err)
	}
	if err := writeFormat(s.options.FS, s.dir); err != nil {
		return err
	}
	parent := s.options.FS.PathDir(s.dir)
	return explain("sync", parent, syncDir(s.options.FS, parent))
}

// Close waits for running calls, writes out what is pending and releases the folder. Steps that are still open are
// discarded. It may be called again.
func (s *Store) Close() error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	s.users.Wait()
	if !first {
		return nil
	}
	return errors.Join(s.closeSnapshots(), explain("close", s.dir, s.db.Close()), s.lock.Close())
}

// enter starts a use of the store, leave ends it.
func (s *Store) enter() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return fmt.Errorf("%w: %s", ErrClosed, s.dir)
	}
	if err := s.failure.check(); err != nil {
		return err
	}
	s.users.Add(1)
	return nil
}

func (s *Store) leave() { s.users.Done() }

// Dir returns the folder.
func (s *Store) Dir() string { return s.dir }

// Err returns nil, or an error that wraps ErrFailed once a write has failed.
func (s *Store) Err() error { return s.failure.check() }

// Get returns the committed value of the engine's key, or nil if there is none. The caller owns the slice.
func (s *Store) Get(key []byte) ([]byte, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	return s.get(s.db, Engine.key(nil, key))
}

// Scan visits what the engine committed, as engine.Storage describes it. It sees the state of one moment.
func (s *Store) Scan(prefix, from []byte, visit func(key, value []byte) bool) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	return s.scan(s.db, Engine, prefix, from, visit)
}

// Datastore returns the part of the database for DHT and peerstore, apart from the engine's. Its writes are not synced:
// they are in order and survive the process, but not always a power cut. Closing it does nothing.
func (s *Store) Datastore() (datastore.Batching, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	view, err := pebbleds.NewDatastore("", pebbleds.WithPebbleDB(s.db), pebbleds.WithPebbleWriteOptions(pebble.NoSync))
	if err != nil {
		return nil, fmt.Errorf("view %s as a datastore: %w", s.dir, err)
	}
	return &guarded{store: s, view: view}, nil
}
