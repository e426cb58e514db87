package ledger

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/dag"
)

// entriesOf copies a state's entries.
func entriesOf(s *State) map[string][]byte {
	out := map[string][]byte{}
	for key, value := range s.Entries() {
		out[string(key)] = bytes.Clone(value)
	}
	return out
}

func loadMap(entries map[string][]byte) (*State, error) {
	return Load(func(yield func(key, value []byte) bool) {
		for _, key := range slices.Sorted(maps.Keys(entries)) {
			if !yield([]byte(key), entries[key]) {
				return
			}
		}
	})
}

// richState has an entry of every sort.
func richState(t *testing.T) *State {
	c := newChain(t, 3, escrow{}, Anchors{}, Devices{})
	other := key(8)
	c.apply(c.pay(0, KindTransfer, Transfer{To: born(1), Amount: 7, Sequence: 1}), StatusApplied)
	c.apply(c.event(1, born(1), "escrow.lock", lock(1, 600, 5_000, 3, born(2))), StatusApplied)
	c.apply(c.event(1, born(1), "escrow.lock", lock(2, 100, 50_000, 0, born(2))), StatusApplied)
	c.apply(c.event(2, born(2), "escrow.keys", other[:]), StatusApplied)
	c.apply(c.pay(0, KindAnchor, testAnchor()), StatusApplied)
	c.apply(c.pay(0, KindDeviceBind, DeviceBind{Device: key(9), From: 1}), StatusApplied)
	c.state, _ = c.rules.Apply(c.state, c.event(1, born(1), "", nil), true)
	c.apply(c.event(0, born(0), "escrow.pause", []byte("anchor")), StatusApplied)
	c.open(15_000) // the time of the first deadline came, its checkpoints did not
	c.close()
	return c.state
}

func TestLoadNoticesDamage(t *testing.T) {
	s := richState(t)
	checkState(t, s)
	owners := map[string]bool{}
	for key, value := range entriesOf(s) {
		owner, _, _ := bytes.Cut([]byte(key), []byte("/"))
		if !slices.Contains(reservedNames, string(owner)) {
			continue // its module judges it
		}
		owners[string(owner)] = true
		for name, changed := range map[string][]byte{"cut": value[:len(value)-1], "longer": append(bytes.Clone(value), 0), "empty": {}} {
			entries := entriesOf(s)
			entries[key] = changed
			if _, err := loadMap(entries); !errors.Is(err, ErrEntries) {
				t.Errorf("%q %s: %v", key, name, err)
			}
		}
	}
	if len(owners) != len(reservedNames) {
		t.Errorf("the state has entries of %v only", slices.Sorted(maps.Keys(owners)))
	}
	for _, key := range []string{headKey, string(AccountKey(born(0))), string(depositKey("escrow", []byte{1}))} {
		entries := entriesOf(s)
		delete(entries, key)
		if _, err := loadMap(entries); !errors.Is(err, ErrEntries) {
			t.Errorf("without %q: %v", key, err)
		}
	}
	entries := entriesOf(s)
	entries[string(AccountKey(born(0)))] = Account{Balance: dag.MaxInteger}.record()
	if _, err := loadMap(entries); !errors.Is(err, ErrEntries) {
		t.Errorf("supply exceeded: %v", err)
	}
	entries = entriesOf(s)
	entries[pausedPrefix+"a/b"] = record(1)
	if _, err := loadMap(entries); !errors.Is(err, ErrEntries) {
		t.Errorf("no module is paused: %v", err)
	}
	if _, err := loadMap(nil); !errors.Is(err, ErrEntries) {
		t.Errorf("no entries: %v", err)
	}
}

// TestLoadContinues wants a loaded state to go on exactly as the one that was never stored, the deadlines included.
func TestLoadContinues(t *testing.T) {
	s := richState(t)
	loaded, err := Load(s.Entries())
	if err != nil {
		t.Fatal(err)
	}
	rules, err := NewRules(escrow{})
	if err != nil {
		t.Fatal(err)
	}
	for time := uint64(15_500); time < 100_000; time += 700 {
		commit := Commit{Number: s.Commits() + 1, Time: time}
		var err1, err2 error
		s, err1 = rules.Open(s, commit)
		loaded, err2 = rules.Open(loaded, commit)
		if err1 != nil || err2 != nil || s.Root() != loaded.Root() || s.Due() != loaded.Due() {
			t.Fatalf("at %d: %v, %v, due %d and %d", time, err1, err2, s.Due(), loaded.Due())
		}
	}
	if s.Due() != 0 {
		t.Errorf("a deadline at %d is left", s.Due())
	}
}
