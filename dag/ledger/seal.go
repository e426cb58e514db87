package ledger

import (
	"maps"
	"slices"
)

// Sealer is a Module with something to do when an epoch ends.
type Sealer interface {
	// Seal is called once when an epoch is sealed, after the last event and before the state is closed. Its work must be
	// bounded.
	Seal(tx *Tx)
}

// Seal ends the commit that seals an epoch, in place of Close: the modules that are Sealers do what waited for the end of the
// epoch, in the order of their names, and the state is closed. It is what the next epoch begins with.
func (r *Rules) Seal(s *State) *State {
	for _, name := range slices.Sorted(maps.Keys(r.byName)) {
		sealer, ok := r.byName[name].(Sealer)
		if !ok {
			continue
		}
		tx := s.begin(name)
		sealer.Seal(tx)
		s = tx.state()
	}
	return r.Close(s)
}
