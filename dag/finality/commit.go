package finality

import "github.com/ledgerofthings/lot/dag"

// Commit is a stretch of the final order: what one committed candidate adds to it.
type Commit struct {
	Number uint64    // 1 for the epoch's first commit, then rising by one
	Slot   uint64    // the slot of the candidate
	Leader dag.Index // the candidate
	Time   uint64    // ledger time in ms since the Unix epoch; 0 until a quorum has told the time
	Events []Ordered // what it orders, in order: none, or the candidate as the last
}

// Ordered is an event in its place.
type Ordered struct {
	Index dag.Index
	// Duplicate says that an event of the same key, epoch and seq came before in the order: this one has no effect, and the
	// key is proven to have forked.
	Duplicate bool
}

// LastCommit returns the newest commit that Next gave, without its events; the zero value before the first.
func (o *Order) LastCommit() Commit { return o.last }

// CommitOf returns the number of the commit that ordered the event at i.
func (o *Order) CommitOf(i dag.Index) (number uint64, ordered bool) {
	if int(i) >= len(o.commit) || o.commit[i] == 0 {
		return 0, false
	}
	return uint64(o.commit[i]), true
}
