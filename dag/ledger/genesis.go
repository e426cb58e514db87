package ledger

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/merklemap"
)

// ErrGenesis is wrapped by the errors of Genesis.
var ErrGenesis = errors.New("genesis cannot be the first state")

// GenesisAccount is an account that exists from the start.
type GenesisAccount struct {
	Account dag.Account
	Balance uint64 // in base units
	// Keys may act for the account, at most MaxKeys different ones. If there are none, the key that the account was born
	// with may.
	Keys []dag.Key
}

// GenesisEntry is an entry that a module has from the start.
type GenesisEntry struct {
	Module string // the owner; see Module.Name
	Key    []byte // the module's choice, at most MaxKeyLength bytes
	Value  []byte // at most MaxValueLength bytes
}

// Genesis returns the state before the first commit, whatever the order of the accounts and entries. The sum of the balances,
// at most dag.MaxInteger, is the supply for ever. Errors wrap ErrGenesis.
func Genesis(accounts []GenesisAccount, owned ...GenesisEntry) (*State, error) {
	var entries merklemap.Draft
	var h head
	for _, a := range accounts {
		if _, repeated := entries.Get(AccountKey(a.Account)); repeated {
			return nil, fmt.Errorf("%w: %s is listed twice", ErrGenesis, a.Account)
		}
		if a.Balance > dag.MaxInteger-h.supply {
			return nil, fmt.Errorf("%w: the balances up to that of %s exceed %d in sum", ErrGenesis, a.Account, uint64(dag.MaxInteger))
		}
		h.supply += a.Balance
		entries = entries.Set(AccountKey(a.Account), Account{Balance: a.Balance}.record())
		if len(a.Keys) == 0 {
			continue
		}
		keys, refusal := keysRecord(a.Keys)
		if refusal != nil {
			return nil, fmt.Errorf("%w: keys of %s: %s", ErrGenesis, a.Account, refusal)
		}
		entries = entries.Set(entryKey(keysPrefix, a.Account[:]), keys)
	}
	for _, entry := range owned {
		if err := entry.check(); err != nil {
			return nil, fmt.Errorf("%w: entry %q of module %q: %w", ErrGenesis, entry.Key, entry.Module, err)
		}
		key := EntryKey(entry.Module, entry.Key)
		if _, repeated := entries.Get(key); repeated {
			return nil, fmt.Errorf("%w: entry %q is given twice", ErrGenesis, key)
		}
		entries = entries.Set(key, bytes.Clone(entry.Value))
	}
	entries = entries.Set([]byte(headKey), h.record())
	return &State{entries: entries.Map().Draft(), head: h, deadlines: newSchedule()}, nil
}

func (e GenesisEntry) check() error {
	if err := checkName(e.Module); err != nil {
		return err
	}
	if len(e.Key) > MaxKeyLength || len(e.Value) > MaxValueLength {
		return fmt.Errorf("%d bytes of key and %d of value, at most %d and %d are allowed",
			len(e.Key), len(e.Value), MaxKeyLength, MaxValueLength)
	}
	return nil
}

// BornAt returns the state of Genesis with ledger time beginning at the given one, in ms since the Unix epoch, so that what is to happen
// some time after the first events is not counted from 1970.
func (s *State) BornAt(time uint64) *State {
	out := *s
	out.head.time = time
	out.entries = s.entries.Set([]byte(headKey), out.head.record()).Map().Draft()
	return &out
}
