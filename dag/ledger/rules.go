package ledger

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag"
)

const maxModuleName = 32

// ErrModules is wrapped by NewRules when the modules do not go together.
var ErrModules = errors.New("modules do not go together")

// Rules are what events mean: transfers between accounts, and the payload kinds of some modules. They are immutable and may
// be used by any number of goroutines.
type Rules struct {
	byKind map[string]Module
	byName map[string]Module
}

// NewRules returns the rules of accounts and of the given modules. Their order does not matter. Errors wrap ErrModules:
// a name or kind is not well-formed, or is claimed twice.
func NewRules(modules ...Module) (*Rules, error) {
	r := &Rules{byKind: map[string]Module{}, byName: map[string]Module{}}
	for _, m := range append([]Module{transfers{}}, modules...) {
		if err := r.add(m); err != nil {
			return nil, fmt.Errorf("%w: module %q: %w", ErrModules, m.Name(), err)
		}
	}
	return r, nil
}

func (r *Rules) add(m Module) error {
	if err := checkName(m.Name()); err != nil {
		return err
	}
	if _, taken := r.byName[m.Name()]; taken {
		return errors.New("another module has that name")
	}
	r.byName[m.Name()] = m
	for _, kind := range m.Kinds() {
		if kind == "" || len(kind) > dag.MaxKindLength {
			return fmt.Errorf("kind %q: want 1 to %d bytes", kind, dag.MaxKindLength)
		}
		if other, taken := r.byKind[kind]; taken {
			return fmt.Errorf("kind %q is claimed by module %q", kind, other.Name())
		}
		r.byKind[kind] = m
	}
	return nil
}

func checkName(name string) error {
	if name == "" || len(name) > maxModuleName {
		return fmt.Errorf("want a name of 1 to %d bytes", maxModuleName)
	}
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return errors.New("want a name of lower-case letters, digits and dashes")
		}
	}
	if slices.Contains(reservedNames, name) {
		return errors.New("the ledger uses that name itself")
	}
	return nil
}

// Has reports whether a module of that name is among the rules.
func (r *Rules) Has(module string) bool { _, ok := r.byName[module]; return ok }

// Apply lets an ordered event take effect and returns the state after it with the receipt. It never fails: an event that
// may not take effect leaves the state as it was and has the reason in its receipt.
//
// duplicate says that another event of the same key, epoch and seq came earlier in the order: then the event has no effect
// but to freeze its key, which may not act for any account from here on. A witness event that is no duplicate is applied
// and changes nothing.
func (r *Rules) Apply(s *State, e *dag.Event, duplicate bool) (*State, Receipt) {
	if duplicate {
		return s.freeze(e), receiptOf(e, Refuse(StatusDuplicateSeq,
			"seq %d of epoch %d of key %s was used by an earlier event: the key is frozen", e.Seq(), e.Epoch(), e.Key().Short()))
	}
	if e.IsWitness() {
		return s, receiptOf(e, nil)
	}
	if refusal := mayAct(s, e.Key(), e.Account()); refusal != nil {
		return s, receiptOf(e, refusal)
	}
	m, ok := r.byKind[e.Kind()]
	if !ok {
		return s, receiptOf(e, Refuse(StatusUnknownKind, "payload kind %q is not known to these rules", e.Kind()))
	}
	if s.isPaused(m.Name()) {
		return s, receiptOf(e, Refuse(StatusModulePaused, "module %q is paused: issue the payload again when it is released", m.Name()))
	}
	tx := s.begin(m.Name())
	if refusal := m.Apply(tx, e); refusal != nil {
		return s, receiptOf(e, refusal)
	}
	return tx.state(), receiptOf(e, nil)
}

// freeze returns the state with the event's key frozen. The first evidence stays.
func (s *State) freeze(e *dag.Event) *State {
	if _, frozen := readFrozen(s, e.Key()); frozen {
		return s
	}
	key, id := e.Key(), e.ID()
	out := *s
	out.entries = s.entries.Set(entryKey(frozenPrefix, key[:]), id[:])
	return &out
}
