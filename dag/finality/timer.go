package finality

// timer is how long a member waits for a leader: what the links need at first, longer only while waiting longer may help.
type timer struct {
	grown uint64 // in ms; 0 while it is at the start value
	lost  ballot // live leaders that were skipped since the last commit
}

// length returns the time to wait in ms, given the start value.
func (t *timer) length(start uint64) uint64 { return min(max(t.grown, start), maxTimer) }

// committed notes a committed slot.
func (t *timer) committed(start uint64) {
	t.lost = ballot{}
	if t.grown = t.grown * 10 / 11; t.grown <= start {
		t.grown = 0
	}
}

// skipped notes that the slot of a live leader was skipped. Faulty leaders weigh less than a third, so it grows by half, and
// returns true, only when a third was skipped with no commit between.
func (t *timer) skipped(c *Committee, leader int, start uint64) (grew bool) {
	t.lost.cast(c, leader)
	if !c.Blocks(t.lost.weight) {
		return false
	}
	t.lost = ballot{}
	t.grown = min(t.length(start)*3/2, maxTimer)
	return true
}

// maxPenalty bounds the penalty of a leader, to 15 slots.
const maxPenalty = 4

// trust is whether a leader is worth waiting for.
type trust struct {
	penalty uint8
	excused uint32 // in how many of its next slots nobody waits for it
}

// skipped notes that a slot of the leader was skipped: the next 1, 3, 7, 15 of its slots are not waited for.
func (t *trust) skipped() {
	if t.excused > 0 {
		t.excused--
		return
	}
	t.penalty = min(t.penalty+1, maxPenalty)
	t.excused = 1<<t.penalty - 1
}

// committed notes that a slot of the leader was committed.
func (t *trust) committed() {
	t.penalty /= 2
	t.excused = 0
}
