package ledger

import (
	"github.com/ledgerofthings/lot/dag"
)

// Which events used an account's last sequences is remembered in chunks, so that using one sequence rewrites a small
// record, and no more than recentChunks entries are kept for an account.
const (
	// RememberedSequences is how many of an account's last sequences the state can always name the event of.
	RememberedSequences = 64
	chunkLength         = 8
	recentChunks        = RememberedSequences/chunkLength + 1 // the newest chunk may have just begun
)

// chunkKey returns the key of the entry that remembers sequence, which starts at 1.
func chunkKey(a dag.Account, chunk uint64) []byte { return entryKey(recentPrefix, a[:], record(chunk)) }

// usedBy returns the event that used an account sequence, if it is remembered.
func usedBy(v View, a dag.Account, sequence uint64) (dag.ID, bool) {
	if sequence == 0 {
		return dag.ID{}, false
	}
	chunk, _ := v.Get(chunkKey(a, (sequence-1)/chunkLength))
	at := int((sequence-1)%chunkLength) * len(dag.ID{})
	if len(chunk) < at+len(dag.ID{}) {
		return dag.ID{}, false
	}
	return dag.ID(chunk[at:]), true
}

// UsedBy returns the event that used an account sequence, if it is one of the RememberedSequences last ones.
func (s *State) UsedBy(a dag.Account, sequence uint64) (dag.ID, bool) { return usedBy(s, a, sequence) }

// UseSequence uses the account's next sequence for an event, so that of several events with one account sequence exactly
// the first in the order takes effect; the refusal of the others names it. sequence must be the account's last one plus 1.
func (tx *Tx) UseSequence(a dag.Account, sequence uint64, by dag.ID) *Refusal {
	account, _ := tx.Account(a)
	switch next := account.Sequence + 1; {
	case sequence < next:
		r := Refuse(StatusSequenceTaken, "sequence %d of %s is used, the next is %d", sequence, a, next)
		if earlier, ok := usedBy(tx, a, sequence); ok {
			return r.By(earlier)
		}
		return r
	case sequence > next:
		return Refuse(StatusWrongSequence, "sequence %d of %s does not come next, %d does", sequence, a, next)
	case sequence > dag.MaxInteger:
		return Refuse(StatusOverflow, "%s has used every sequence", a)
	}
	account.Sequence = sequence
	tx.setAccount(a, account)
	tx.remember(a, sequence, by)
	return nil
}

// remember notes which event used a sequence, and forgets what falls out of the chunks that are kept.
func (tx *Tx) remember(a dag.Account, sequence uint64, by dag.ID) {
	chunk := (sequence - 1) / chunkLength
	ids, _ := tx.entries.Get(chunkKey(a, chunk))
	tx.entries = tx.entries.Set(chunkKey(a, chunk), append(ids[:len(ids):len(ids)], by[:]...))
	if len(ids) == 0 && chunk >= recentChunks {
		tx.entries = tx.entries.Delete(chunkKey(a, chunk-recentChunks))
	}
}
