package ledger

import (
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/merklemap"
)

// View is read access to the entries of a state, by their full keys (see EntryKey). A *State is one, and so is what a Tx
// has changed so far.
type View interface {
	// Get returns the value of an entry, which the caller must not change.
	Get(key []byte) (value []byte, ok bool)
}

// State is all that the ledger knows after some prefix of the order. It is immutable and may be shared and read by any
// number of goroutines; the states before and after it share what they have in common.
type State struct {
	entries   merklemap.Draft
	head      head     // the entry headKey, decoded
	deadlines schedule // the deadline entries in the order in which they become due
	paused    []string // the modules that have a paused entry, in rising order; never changed in place
}

// head is what the ledger knows about itself.
type head struct {
	time        uint64 // ledger time
	commits     uint64 // commits opened
	checkpoints uint64 // commits whose ledger time entered a new second
	supply      uint64 // sum of all balances and deposits, constant
}

func (h head) record() []byte { return record(h.time, h.commits, h.checkpoints, h.supply) }

// Root returns the root of the Merkle map of all entries (see package merklemap). It is immediate for a state that Genesis,
// Load or Close returned; between Open and Close it has to hash what the commit changed so far, as have Len, Prove, Entries
// and Diff.
func (s *State) Root() [32]byte { return s.entries.Map().Root() }

// Time returns ledger time in ms since the Unix epoch; 0 before the first commit.
func (s *State) Time() uint64 { return s.head.time }

// Commits returns how many commits the state has seen, the one being applied included.
func (s *State) Commits() uint64 { return s.head.commits }

// Checkpoints returns how many commits entered a new second of ledger time: each is due to become a checkpoint.
func (s *State) Checkpoints() uint64 { return s.head.checkpoints }

// Supply returns the sum of all balances and deposits, which nothing changes after genesis.
func (s *State) Supply() uint64 { return s.head.supply }

// Len returns the number of entries.
func (s *State) Len() int { return s.entries.Map().Len() }

// Get implements View.
func (s *State) Get(key []byte) (value []byte, ok bool) { return s.entries.Get(key) }

// Prove returns the proof, against Root, of the entry's value or of its absence.
func (s *State) Prove(key []byte) merklemap.Proof { return s.entries.Map().Prove(key) }

// Account returns an account as it stands; ok is false if it never received, sent or was named in genesis.
func (s *State) Account(a dag.Account) (account Account, ok bool) { return readAccount(s, a) }

// Keys returns the keys that may act for an account, in rising order, if it was given any; else the key that the account
// was born with may act (see MayAct).
func (s *State) Keys(a dag.Account) []dag.Key { return readKeys(s, a) }

// MayAct reports whether key may act for account.
func (s *State) MayAct(key dag.Key, account dag.Account) bool { return mayAct(s, key, account) == nil }

// Frozen returns the event by which key repeated a seq, if it did.
func (s *State) Frozen(key dag.Key) (evidence dag.ID, ok bool) { return readFrozen(s, key) }

// EntryKey returns the full key of a module's entry, for Get and Prove.
func EntryKey(module string, key []byte) []byte { return entryKey(module+"/", key) }

// AccountKey returns the full key of an account's entry, for Prove. Its value is the balance and the account sequence, of
// eight bytes each, most significant first.
func AccountKey(a dag.Account) []byte { return entryKey(accountPrefix, a[:]) }
