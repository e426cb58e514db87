package governance

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// ErrGenesis is wrapped by the errors of Genesis.
var ErrGenesis = errors.New("no network can begin with these members")

// Genesis returns the entries with which a network of founders begins, in epoch 1, whatever the order of the members. A zero
// Account stands for the one that the event key was born with; Sponsor and Since are not read. Whoever makes the first state
// also gives each founder's account its event key (ledger.GenesisAccount). Errors wrap ErrGenesis.
func Genesis(members []Member, p Parameters) ([]ledger.GenesisEntry, error) {
	if err := p.runs(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	if len(members) == 0 || len(members) > MaxMembers {
		return nil, fmt.Errorf("%w: %d members, want 1 to %d", ErrGenesis, len(members), MaxMembers)
	}
	f := founding{}
	b := &books{store: f}
	var seats committee
	for _, m := range slices.SortedFunc(slices.Values(members), func(a, b Member) int { return a.Event.Compare(b.Event) }) {
		if err := b.found(m); err != nil {
			return nil, fmt.Errorf("%w: member %q: %w", ErrGenesis, m.Name, err)
		}
		seats = seats.with(m.Event, m.Weight)
	}
	if len(seats) == 0 || len(seats) > MaxSeats {
		return nil, fmt.Errorf("%w: %d seats, want 1 to %d", ErrGenesis, len(seats), MaxSeats)
	}
	b.putSeats(seats)
	b.putTerms(1, p)
	if b.fault != nil {
		return nil, fmt.Errorf("%w: %s", ErrGenesis, b.fault)
	}
	return f.entries(), nil
}

// found enters a founder.
func (b *books) found(m Member) error {
	a := Application{Name: m.Name, Host: m.Host, Event: m.Event, Cosign: m.Cosign}
	if err := a.check(); err != nil {
		return err
	}
	if m.Weight > MaxWeight {
		return fmt.Errorf("weight %d, at most %d is allowed", m.Weight, MaxWeight)
	}
	if r := taken(b, a); r != nil {
		return errors.New(r.String())
	}
	if m.Account.IsZero() {
		m.Account = dag.AccountOf(m.Event)
	}
	if _, shared := owner(b, accountPrefix, m.Account[:]); shared {
		return fmt.Errorf("%s is that of another member too: every member needs its own", m.Account)
	}
	b.enter(registration{name: m.Name, host: m.Host, event: m.Event, cosign: m.Cosign, account: m.Account})
	return nil
}

// founding is the store of a network that is not there yet: its values by their full keys.
type founding map[string][]byte

// Get implements ledger.View.
func (f founding) Get(key []byte) (value []byte, ok bool) {
	value, ok = f[string(key)]
	return value, ok
}

// Put implements store.
func (f founding) Put(key, value []byte) *ledger.Refusal {
	f[string(ledger.EntryKey(moduleName, key))] = value
	return nil
}

// Delete implements store.
func (f founding) Delete(key []byte) { delete(f, string(ledger.EntryKey(moduleName, key))) }

func (f founding) entries() []ledger.GenesisEntry {
	prefix := len(ledger.EntryKey(moduleName, nil))
	out := make([]ledger.GenesisEntry, 0, len(f))
	for _, full := range slices.Sorted(maps.Keys(f)) {
		out = append(out, ledger.GenesisEntry{Module: moduleName, Key: []byte(full[prefix:]), Value: f[full]})
	}
	return out
}
