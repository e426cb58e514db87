package archive

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag"
)

// Salvage goes through the events that are on disk but not in the graph, because one that they build on was lost: those that
// a repair took from behind a damaged event, and the own ones that came with a backup. At a start, and whenever an event
// came that was missing, whoever drives the engine calls it:
//
//   - known tells which events the graph has, the roots of the epoch among them;
//   - take gets, each once and in an order in which each finds what it builds on, the events whose parents are all known or
//     were taken before. Their signatures were checked before they were put aside. What take returns nil for is to be deleted
//     from under its key, in the step that attaches it;
//   - what is returned are the events that are missing, in rising order and at most limit: only these are to be fetched from
//     peers.
//
// An event of an epoch that is over is of no use to the graph: if it is this gateway's own it is to be kept as an own event of
// a former epoch, else to be deleted.
func Salvage(view View, limit int, known func(dag.ID) bool, take func(key []byte, event dag.Verified) error) ([]dag.ID, error) {
	s := salvage{known: known, taken: map[dag.ID]bool{}, missing: map[dag.ID]bool{}}
	var failed error
	err := view.Scan([]byte(SalvagedPrefix), nil, func(key, block []byte) bool {
		event, err := dag.Restore(block)
		if err != nil {
			failed = fmt.Errorf("data folder: event that waits at %x: %w: `lot ledger check --repair` takes it out", key, err)
			return false
		}
		if s.ready(event.Event) {
			failed = take(append([]byte(nil), key...), event)
		}
		return failed == nil
	})
	if err = errors.Join(err, failed); err != nil {
		return nil, err
	}
	return s.lacking(limit), nil
}

// salvage is one pass over the events that wait.
type salvage struct {
	known   func(dag.ID) bool
	taken   map[dag.ID]bool // by id: true if taken, false if it waits on
	missing map[dag.ID]bool
}

// ready reports whether all that an event builds on is there, and notes what is not.
func (s *salvage) ready(e *dag.Event) bool {
	ready := true
	parents := e.Approves()
	if prev := e.Prev(); !prev.IsZero() {
		parents = append(append([]dag.ID(nil), parents...), prev)
	}
	for _, id := range parents {
		taken, aside := s.taken[id]
		if taken || s.known(id) {
			continue
		}
		ready = false
		if !aside {
			s.missing[id] = true
		}
	}
	s.taken[e.ID()] = ready
	return ready
}

// lacking returns what is missing, as far as it does not wait itself.
func (s *salvage) lacking(limit int) []dag.ID {
	var list []dag.ID
	for id := range s.missing {
		if _, aside := s.taken[id]; !aside {
			list = append(list, id)
		}
	}
	slices.SortFunc(list, dag.ID.Compare)
	return list[:min(limit, len(list))]
}
