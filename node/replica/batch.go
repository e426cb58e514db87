package replica

// batch is one of the owner's batches.
type batch struct {
	digest   Digest
	size     int64
	replicas []replica
	queued   bool   // it is in Owner.unplaced or Owner.starved
	dropped  bool   // all that is left to do is to release it
	blind    bool   // the own copy is gone
	losses   uint   // in a row, at holders that never proved it
	restsTil uint64 // when it may be offered again after a loss
}

// replica is a batch at one holder.
type replica struct {
	peer  *peer
	state state
	since uint64 // when it was offered
	seen  uint64 // when it was last proven; 0 if never
}

// state is how far a replica has come.
type state uint8

const (
	offered   state = 1 // or about to be
	accepted  state = 2 // the holder means to fetch it
	confirmed state = 3 // the holder proved that it has it
	former    state = 4 // to be released when the holder is there
)

// counts reports whether the replica is one of those that are wanted.
func (r *replica) counts() bool { return r.state != former && r.peer.trusted() }

// at returns which replica is at a peer, or -1.
func (b *batch) at(p *peer) int {
	for i := range b.replicas {
		if b.replicas[i].peer == p {
			return i
		}
	}
	return -1
}

// count returns how many replicas count, and how many of these are proven.
func (b *batch) count() (all, proven int) {
	for i := range b.replicas {
		if r := &b.replicas[i]; r.counts() {
			all++
			if r.state == confirmed {
				proven++
			}
		}
	}
	return all, proven
}
