package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
)

// failure remembers the first write that the disk refused. Pebble reports such an error to its logger's Fatalf and, should
// that return, carries on as if nothing had happened; so failure is that logger, and every result is checked against it.
type failure struct {
	dir   string
	log   *slog.Logger
	fatal func(error)
	once  sync.Once
	err   atomic.Pointer[error]
}

// check returns nil while no write has failed.
func (f *failure) check() error {
	if err := f.err.Load(); err != nil {
		return *err
	}
	return nil
}

// fail stops the store for good. Only the first call counts.
func (f *failure) fail(err error) {
	f.once.Do(func() {
		wrapped := fmt.Errorf("%w: %w", ErrFailed, explain("write to", f.dir, err))
		f.err.Store(&wrapped)
		f.fatal(wrapped)
	})
}

// Infof implements pebble.Logger. What pebble tells here (job by job) interests only who debugs it.
func (f *failure) Infof(format string, args ...any) {
	if f.log.Enabled(context.Background(), slog.LevelDebug) {
		f.log.Debug(fmt.Sprintf(format, args...), "store", f.dir)
	}
}

// Errorf implements pebble.Logger.
func (f *failure) Errorf(format string, args ...any) {
	f.log.Warn(fmt.Sprintf(format, args...), "store", f.dir)
}

// Fatalf implements pebble.Logger.
func (f *failure) Fatalf(format string, args ...any) {
	for _, arg := range args { // keep the error value, so that its kind can be told
		if err, ok := arg.(error); ok {
			f.fail(err)
			return
		}
	}
	f.fail(fmt.Errorf(format, args...))
}

// events watches what pebble does in the background. A compaction that fails is tried again and harms nothing. Without room
// for a flush, commits would soon wait for ever; what a flush writes is still in the log, so stopping loses nothing.
func (f *failure) events() *pebble.EventListener {
	return &pebble.EventListener{
		BackgroundError: func(err error) {
			f.log.Warn("background work of the store failed and will be tried again", "store", f.dir, "error", err)
		},
		FlushEnd: func(info pebble.FlushInfo) {
			if info.Err != nil && errors.Is(explain("", "", info.Err), ErrDiskFull) {
				f.fail(info.Err)
			}
		},
		DataCorruption: func(info pebble.DataCorruptionInfo) {
			f.log.Error("the store is damaged", "file", info.Path, "error", info.Details, "hint", adviceCorrupt)
		},
		DiskSlow: func(info pebble.DiskSlowInfo) {
			f.log.Warn("the disk is slow", "file", info.Path, "for", info.Duration)
		},
	}
}
