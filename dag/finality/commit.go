package finality

import "github.com/ledgerofthings/lot/dag"

// Commit is a stretch of the final order: what one committed candidate adds to it. It is immutable. Nodes that share a
// History and have made the same commits hold the same *Commit, so comparing pointers tells whether two nodes agree.
type Commit struct {
	Number uint64    // 1 for the epoch's first commit, then rising by one; 0 stands for the beginning
	Slot   uint64    // the slot of the candidate
	Leader dag.Index // the candidate
	Time   uint64    // ledger time in ms since the Unix epoch; 0 until a quorum has told the time
	Events []Ordered // what it orders, in order: none, or the candidate as the last

	line *line     // what was committed up to here, and perhaps more
	next []*Commit // what follows: more than one only where nodes contradict each other
}

// Ordered is an event in its place.
type Ordered struct {
	Index dag.Index
	// Duplicate says that an event of the same key, epoch and seq came before in the order: this one has no effect, and the
	// key is proven to have forked.
	Duplicate bool
}

// Ordered returns how many events this commit and those before it have ordered.
func (c *Commit) Ordered() int { return c.line.ordered(c.Number) }

// follow returns the commit that comes next when the candidate of a slot is committed and the slots between are skipped. It is
// made once, whoever asks first.
func (c *Commit) follow(slot uint64, leader dag.Index) *Commit {
	for _, n := range c.next {
		if n.Slot == slot && n.Leader == leader {
			return n
		}
	}
	l := c.line
	if c.Number < uint64(len(l.commits)) {
		l = l.upTo(c.Number) // a node went on otherwise from here
	}
	n := l.commit(c, slot, leader)
	c.next = append(c.next, n)
	return n
}

// Past is what is remembered of a commit.
type Past struct {
	Slot   uint64
	Leader dag.Index
	Time   uint64      // ledger time in ms since the Unix epoch
	Events []dag.Index // in order; the caller must not change the slice
}

// LastCommit returns the newest commit that Next gave; before the first one whose number is 0.
func (o *Order) LastCommit() *Commit { return o.last }

// Past returns a commit that Next gave, by its number from 1.
func (o *Order) Past(number uint64) Past {
	l := o.last.line
	entry, begin := l.commits[number-1], l.ordered(number-1)
	return Past{Slot: entry.slot, Leader: entry.leader, Time: entry.time, Events: l.events[begin:entry.end:entry.end]}
}

// Ordered returns how many events the commits have ordered that Next gave.
func (o *Order) Ordered() int { return o.last.Ordered() }

// CommitOf returns the number of the commit that ordered the event at i.
func (o *Order) CommitOf(i dag.Index) (number uint64, ordered bool) {
	numbers := o.last.line.numbers
	if int(i) >= len(numbers) || numbers[i] == 0 || uint64(numbers[i]) > o.last.Number {
		return 0, false
	}
	return uint64(numbers[i]), true
}

// emitted returns the committed candidate of a slot below the first one that is not emitted, or NoIndex if it was skipped.
func (o *Order) emitted(slot uint64) dag.Index {
	if slot > o.last.Slot {
		return dag.NoIndex
	}
	return o.last.line.slots[slot-1]
}
