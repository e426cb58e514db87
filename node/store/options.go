package store

import (
	"log/slog"
	"os"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options say how to open a folder. The zero value suits a small gateway.
type Options struct {
	// FS is the file system; nil is the operating system's. Tests give one in memory, one that crashes or one that fails.
	FS vfs.FS
	// ReadOnly opens an existing folder without writing to it. The folder must not be in use.
	ReadOnly bool
	// Budget bounds memory, disk and open files. Zero fields have defaults.
	Budget Budget
	// Logger gets what the database reports about itself; nil is slog.Default.
	Logger *slog.Logger
	// Fatal is called once, with an error that wraps ErrFailed, when the disk refuses a write that cannot be taken back. It is
	// called by whichever goroutine met the error and while locks are held, so it must not use the store. Nil logs the error
	// and ends the process with ExitDisk. If it returns, the store goes on refusing everything with that error.
	Fatal func(error)
}

// Budget bounds what the store takes from the machine.
type Budget struct {
	// Memory in bytes for the cache and the write buffers; 0 is 24 MiB. Less than 4 MiB counts as 4 MiB.
	Memory int64
	// OpenFiles is how many files the database keeps open; 0 is 256.
	OpenFiles int
	// Blobs in bytes is how much the gateway's own batches may take together; 0 is 1 GiB.
	Blobs int64
	// Pins in bytes is how much the batches kept for others may take together; 0 is 1 GiB.
	Pins int64
	// Max in bytes is how much the whole store may take: Space and Room tell how near it is. 0 is 10 GiB.
	Max int64
	// Ballast in bytes is the size of a file that only holds room, which is freed when the volume is nearly full: deleting
	// writes a little too. Half a memory budget is enough. 0 is none.
	Ballast int64
	// Reserve in bytes of the volume that stays free: below it Space reports Low. 0 is 128 MiB.
	Reserve int64
}

// ExitDisk is the exit code of a process that ended because its disk refused a write (EX_IOERR of sysexits.h).
const ExitDisk = 74

const (
	mib           = 1 << 20
	minimumMemory = 4 * mib
)

// orDefaults fills in what is unset.
func (b Budget) orDefaults() Budget {
	pick := func(value, standard int64) int64 {
		if value <= 0 {
			return standard
		}
		return value
	}
	return Budget{
		Memory:    max(pick(b.Memory, 24*mib), minimumMemory),
		OpenFiles: int(pick(int64(b.OpenFiles), 256)),
		Blobs:     pick(b.Blobs, 1<<30),
		Pins:      pick(b.Pins, 1<<30),
		Max:       pick(b.Max, 10<<30),
		Ballast:   max(b.Ballast, 0),
		Reserve:   pick(b.Reserve, 128*mib),
	}
}

// orDefaults fills in what is unset.
func (o Options) orDefaults() Options {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Fatal == nil {
		log := o.Logger
		o.Fatal = func(err error) {
			log.Error("the store cannot go on, the process ends", "error", err)
			os.Exit(ExitDisk)
		}
	}
	o.Budget = o.Budget.orDefaults()
	return o
}

// database returns pebble's options. A third of the memory is cache; the rest is for two write buffers, the one that fills
// and the one that is being written out.
func (o Options) database(events *pebble.EventListener, logger pebble.Logger) *pebble.Options {
	options := &pebble.Options{
		FS:                          manifestFS{o.FS},
		ReadOnly:                    o.ReadOnly,
		CacheSize:                   o.Budget.Memory / 3,
		MemTableSize:                uint64(o.Budget.Memory / 3),
		MemTableStopWritesThreshold: 2,
		MaxOpenFiles:                o.Budget.OpenFiles,
		// This version marks in the write-ahead log up to where it was synced, so damage there is told from an unfinished end.
		FormatMajorVersion:         pebble.FormatTableFormatV6,
		CompactionConcurrencyRange: func() (lower, upper int) { return 1, 1 },
		EventListener:              events,
		Logger:                     logger,
	}
	for i := range options.Levels {
		options.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	return options
}
