package ledger

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/dag"
)

func TestGenesis(t *testing.T) {
	accounts := []GenesisAccount{
		{Account: born(0), Balance: dag.MaxInteger - 5, Keys: []dag.Key{key(1), key(2)}},
		{Account: born(1), Balance: 5},
		{Account: born(2), Keys: []dag.Key{key(2)}},
	}
	s, err := Genesis(accounts)
	if err != nil {
		t.Fatal(err)
	}
	if s.Supply() != dag.MaxInteger || s.Time() != 0 || s.Commits() != 0 || s.Checkpoints() != 0 || s.Due() != 0 {
		t.Errorf("%+v, due %d", s.head, s.Due())
	}
	checkState(t, s)
	slices.Reverse(accounts)
	slices.Reverse(accounts[2].Keys)
	if other, err := Genesis(accounts); err != nil || other.Root() != s.Root() {
		t.Errorf("the order of accounts or keys made another state, %v", err)
	}
	if empty, err := Genesis(nil); err != nil || empty.Root() == s.Root() {
		t.Errorf("a ledger without accounts: %v", err)
	}
}

func TestGenesisEntries(t *testing.T) {
	entries := []GenesisEntry{
		{Module: "a", Key: []byte("k"), Value: []byte("v")},
		{Module: "b", Key: []byte("k"), Value: nil},
		{Module: "b", Key: make([]byte, MaxKeyLength), Value: make([]byte, MaxValueLength)},
	}
	accounts := []GenesisAccount{{Account: born(0), Balance: 5}}
	s, err := Genesis(accounts, entries...)
	if err != nil {
		t.Fatal(err)
	}
	checkState(t, s)
	for _, entry := range entries {
		if value, ok := s.Get(EntryKey(entry.Module, entry.Key)); !ok || !bytes.Equal(value, entry.Value) {
			t.Errorf("entry %q of %q: %q, %v", entry.Key, entry.Module, value, ok)
		}
	}
	entries[0].Value[0] = 'w'
	if value, _ := s.Get(EntryKey("a", []byte("k"))); string(value) != "v" {
		t.Error("the state shares bytes with its maker")
	}
	entries[0].Value[0] = 'v'
	slices.Reverse(entries)
	if other, err := Genesis(accounts, entries...); err != nil || other.Root() != s.Root() {
		t.Errorf("the order of entries made another state, %v", err)
	}
	for name, refused := range map[string][]GenesisEntry{
		"twice":     {entries[0], entries[0]},
		"reserved":  {{Module: "account", Key: []byte("k")}},
		"no module": {{Key: []byte("k")}},
		"slash":     {{Module: "a/b", Key: []byte("k")}},
		"long key":  {{Module: "a", Key: make([]byte, MaxKeyLength+1)}},
		"large":     {{Module: "a", Value: make([]byte, MaxValueLength+1)}},
	} {
		if _, err := Genesis(accounts, refused...); !errors.Is(err, ErrGenesis) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGenesisRefused(t *testing.T) {
	for name, accounts := range map[string][]GenesisAccount{
		"supply":         {{Account: born(0), Balance: dag.MaxInteger}, {Account: born(1), Balance: 1}},
		"balance":        {{Account: born(0), Balance: dag.MaxInteger + 1}},
		"twice":          {{Account: born(0)}, {Account: born(0)}},
		"key twice":      {{Account: born(0), Keys: []dag.Key{key(1), key(1)}}},
		"too many keys":  {{Account: born(0), Keys: make([]dag.Key, MaxKeys+1)}},
		"sum wraps":      {{Account: born(0), Balance: 2}, {Account: born(1), Balance: 1<<64 - 1}},
		"sum wraps late": {{Account: born(0), Balance: dag.MaxInteger}, {Account: born(1), Balance: 1<<64 - 1}},
	} {
		if _, err := Genesis(accounts); !errors.Is(err, ErrGenesis) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
