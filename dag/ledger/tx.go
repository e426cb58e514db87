package ledger

import (
	"bytes"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/merklemap"
)

// Limits of what a module puts into the state.
const (
	// MaxKeyLength is the longest key of a module's entry, and the longest id of a deposit or deadline, in bytes.
	MaxKeyLength = 128
	// MaxValueLength is the longest value of an entry, in bytes.
	MaxValueLength = 64 << 10
)

// Tx is one module acting on the state. What it does takes effect all together, when the module returns without a refusal,
// or not at all. It is valid during that call only. A copy of a Tx remembers how things stood: assigning it back undoes
// what was done since.
//
// A module can write its own entries, and can move balance, deposits and keys for anyone: it is for the module to ask
// whether the event may do that. The issuing key's right to act for the event's own account has been checked before.
type Tx struct {
	module    string
	entries   merklemap.Draft
	head      head
	deadlines schedule
	paused    []string
}

func (s *State) begin(module string) *Tx {
	return &Tx{module: module, entries: s.entries, head: s.head, deadlines: s.deadlines, paused: s.paused}
}

func (tx *Tx) state() *State {
	return &State{entries: tx.entries, head: tx.head, deadlines: tx.deadlines, paused: tx.paused}
}

// Time returns the ledger time of the commit that is being applied, in ms since the Unix epoch.
func (tx *Tx) Time() uint64 { return tx.head.time }

// Commits returns the number of the commit that is being applied.
func (tx *Tx) Commits() uint64 { return tx.head.commits }

// Checkpoints returns how many commits entered a new second of ledger time, this one included.
func (tx *Tx) Checkpoints() uint64 { return tx.head.checkpoints }

// Get implements View: it reads any entry by its full key, with what this Tx has changed.
func (tx *Tx) Get(key []byte) (value []byte, ok bool) { return tx.entries.Get(key) }

// Own returns the value of one of the module's own entries, which the caller must not change.
func (tx *Tx) Own(key []byte) (value []byte, ok bool) {
	return tx.entries.Get(EntryKey(tx.module, key))
}

// Put sets one of the module's own entries. It copies key and value.
func (tx *Tx) Put(key, value []byte) *Refusal {
	if r := checkLength(key); r != nil {
		return r
	}
	if len(value) > MaxValueLength {
		return Refuse(StatusLimitReached, "a value of %d bytes, at most %d are allowed", len(value), MaxValueLength)
	}
	tx.entries = tx.entries.Set(EntryKey(tx.module, key), bytes.Clone(value))
	return nil
}

// Delete removes one of the module's own entries, if it is there.
func (tx *Tx) Delete(key []byte) { tx.entries = tx.entries.Delete(EntryKey(tx.module, key)) }

// Account returns an account as it stands; ok is false if the ledger has none.
func (tx *Tx) Account(a dag.Account) (account Account, ok bool) { return readAccount(tx, a) }

// Frozen returns the event by which key repeated a seq, if it did.
func (tx *Tx) Frozen(key dag.Key) (evidence dag.ID, ok bool) { return readFrozen(tx, key) }

// MayAct returns nil if key may act for account, else why not.
func (tx *Tx) MayAct(key dag.Key, account dag.Account) *Refusal { return mayAct(tx, key, account) }

// SetKeys gives an account the keys that may act for it from now on, 1 to MaxKeys different ones; no other key may, the
// one that the account was born with included.
func (tx *Tx) SetKeys(a dag.Account, keys []dag.Key) *Refusal {
	b, r := keysRecord(keys)
	if r != nil {
		return r
	}
	tx.entries = tx.entries.Set(entryKey(keysPrefix, a[:]), b)
	return nil
}

// checkLength bounds keys and ids that a module chooses.
func checkLength(key []byte) *Refusal {
	if len(key) > MaxKeyLength {
		return Refuse(StatusLimitReached, "a key of %d bytes, at most %d are allowed", len(key), MaxKeyLength)
	}
	return nil
}
