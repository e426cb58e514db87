package archive

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/car"
	"github.com/ledgerofthings/lot/node/store"
)

// ErrNoEvents says that there is nothing to export.
var ErrNoEvents = errors.New("no events")

// Export writes the events on disk from an epoch on as a CAR file (package car), in the order in which they came, and returns how
// many. Its roots are the events on which no other builds. Progress is told how many were written, of how many. Errors wrap
// ErrNoEvents, store.ErrCorrupt or one of package car, or are those of w.
func Export(w io.Writer, s *store.Store, from uint64, progress Progress) (count uint64, err error) {
	snapshot, err := s.Snapshot()
	if err != nil {
		return 0, fmt.Errorf("export: %w", err)
	}
	defer func() { err = errors.Join(err, snapshot.Close()) }()
	tops, total := map[dag.ID]uint64{}, uint64(0)
	for e, bad := range eventsOn(snapshot, from) {
		if bad != nil {
			return 0, fmt.Errorf("export: %w", bad)
		}
		for _, id := range append(slices.Clone(e.Approves()), e.Prev()) {
			delete(tops, id)
		}
		total++
		tops[e.ID()] = total
	}
	if total == 0 {
		return 0, fmt.Errorf("export: %w from epoch %d on are in the data folder", ErrNoEvents, from)
	}
	roots := slices.SortedFunc(maps.Keys(tops), func(a, b dag.ID) int { return cmp.Compare(tops[a], tops[b]) })
	var failed error
	err = car.Write(w, roots, func(yield func(*dag.Event) bool) {
		for e, bad := range eventsOn(snapshot, from) {
			if failed = bad; bad != nil || !yield(e) {
				return
			}
			count++
			progress(count, total)
		}
	})
	if err = errors.Join(failed, err); err != nil {
		return count, fmt.Errorf("export: %w", err)
	}
	return count, nil
}

// eventsOn iterates over the events from an epoch on.
func eventsOn(view View, from uint64) func(yield func(*dag.Event, error) bool) {
	return func(yield func(*dag.Event, error) bool) {
		more := true
		err := view.Scan([]byte(EventPrefix), nil, func(key, block []byte) bool {
			e, err := dag.Decode(block)
			if err != nil {
				more = false
				yield(nil, fmt.Errorf("%w: event at %x: %w: `lot ledger check` says what to do", store.ErrCorrupt, key[1:], err))
				return false
			}
			if e.Epoch() < from {
				return true
			}
			more = yield(e, nil)
			return more
		})
		if err != nil && more {
			yield(nil, err)
		}
	}
}
