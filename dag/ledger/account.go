package ledger

import (
	"slices"

	"github.com/ledgerofthings/lot/dag"
)

// MaxKeys is the most keys that may act for one account.
const MaxKeys = 16

// Account is what the ledger holds for an account besides its keys.
type Account struct {
	Balance  uint64 // in base units
	Sequence uint64 // the last account sequence used; the next transfer needs the one after it
}

func readAccount(v View, a dag.Account) (Account, bool) {
	b, ok := v.Get(AccountKey(a))
	if !ok {
		return Account{}, false
	}
	return Account{Balance: integer(b, 0), Sequence: integer(b, 1)}, true
}

func (a Account) record() []byte { return record(a.Balance, a.Sequence) }

func readKeys(v View, a dag.Account) []dag.Key {
	b, _ := v.Get(entryKey(keysPrefix, a[:]))
	var out []dag.Key
	for ; len(b) > 0; b = b[len(dag.Key{}):] {
		out = append(out, dag.Key(b))
	}
	return out
}

func readFrozen(v View, key dag.Key) (dag.ID, bool) {
	b, ok := v.Get(entryKey(frozenPrefix, key[:]))
	if !ok {
		return dag.ID{}, false
	}
	return dag.ID(b), true
}

// mayAct returns why key may not act for account. An account that was given keys is acted for by these alone. Any other
// is acted for by the key that it was born with, which proves itself by its hash: such an account can receive before
// anybody has said a word about its keys.
func mayAct(v View, key dag.Key, account dag.Account) *Refusal {
	if evidence, frozen := readFrozen(v, key); frozen {
		return Refuse(StatusKeyFrozen, "key %s is frozen since it signed two events with one seq, the later one %s: "+
			"use another key of the account", key.Short(), evidence.Short()).By(evidence)
	}
	if keys, given := v.Get(entryKey(keysPrefix, account[:])); given {
		if !listed(keys, key) {
			return Refuse(StatusNotAuthorised, "key %s is not among those that may act for %s", key.Short(), account)
		}
		return nil
	}
	if dag.AccountOf(key) != account {
		return Refuse(StatusNotAuthorised, "%s was given no keys and was not born with key %s", account, key.Short())
	}
	return nil
}

// listed reports whether a record of keys has one of them.
func listed(keys []byte, key dag.Key) bool {
	for ; len(keys) > 0; keys = keys[len(key):] {
		if dag.Key(keys) == key {
			return true
		}
	}
	return false
}

// keysRecord returns the record of a list of keys, which it sorts.
func keysRecord(keys []dag.Key) ([]byte, *Refusal) {
	if len(keys) == 0 || len(keys) > MaxKeys {
		return nil, Refuse(StatusLimitReached, "%d keys for an account, want 1 to %d", len(keys), MaxKeys)
	}
	sorted := slices.SortedFunc(slices.Values(keys), dag.Key.Compare)
	var out []byte
	for i, key := range sorted {
		if i > 0 && key == sorted[i-1] {
			return nil, Refuse(StatusAlreadyExists, "key %s is listed twice", key.Short())
		}
		out = append(out, key[:]...)
	}
	return out, nil
}
