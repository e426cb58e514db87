package finality

import "github.com/ledgerofthings/lot/dag"

// linkStart records where vertex i, a member's, stands among the starts of its chain.
func (r *Rules) linkStart(i, prev dag.Index) {
	m := &r.marks[i]
	if prev == dag.NoIndex {
		m.start = i
		return
	}
	before := r.marks[prev].start
	if r.marks[prev].round == m.round {
		m.start = before
		return
	}
	m.start, m.up, m.jump = i, before, before
	p := &r.marks[before]
	m.depth = p.depth + 1
	if j := &r.marks[p.jump]; p.jump != 0 && p.depth-j.depth == j.depth-r.marks[j.jump].depth && j.jump != 0 {
		m.jump = j.jump
	}
}

// firstOnPath returns the first event of round or more on the chain that ends in vertex i, or NoIndex if i is below it.
func (r *Rules) firstOnPath(i dag.Index, round uint64) dag.Index {
	if uint64(r.marks[i].round) < round {
		return dag.NoIndex
	}
	reaches := func(x dag.Index) bool { return x != 0 && uint64(r.marks[x].round) >= round }
	x := r.marks[i].start
	for {
		switch m := &r.marks[x]; {
		case reaches(m.jump):
			x = m.jump
		case reaches(m.up):
			x = m.up
		default:
			return x
		}
	}
}

// First returns first(m, round) in the cone of vertex i: the first event of round or more on the chain of the member with
// number m. It is NoIndex if there is none or if a fork of the member is visible in the cone.
func (r *Rules) First(i dag.Index, m int, round uint64) dag.Index {
	return r.firstIn(r.rows.at(i), m, round)
}

func (r *Rules) firstIn(heads row, m int, round uint64) dag.Index {
	if h := heads[m]; h.isEvent() {
		return r.firstOnPath(h.event(), round)
	}
	return dag.NoIndex
}

// Member returns the number of the member that issued vertex i; false if it is a root or another's event.
func (r *Rules) Member(i dag.Index) (int, bool) {
	m := r.marks[i].member
	return int(m), m >= 0
}

// Round returns the round that vertex i claims; 0 for roots and events from outside the committee.
func (r *Rules) Round(i dag.Index) uint64 { return uint64(r.marks[i].round) }

// PreviousRound returns the round of the prev of vertex i, or 0 without one. Vertex i starts the rounds from there up to its
// own.
func (r *Rules) PreviousRound(i dag.Index) uint64 {
	if prev := r.arena.Vertex(i).Prev; prev != dag.NoIndex {
		return r.Round(prev)
	}
	return 0
}

// IsStart reports whether vertex i is a member's event with a higher round than its prev. Only starts cast votes and
// certificates and can be candidates.
func (r *Rules) IsStart(i dag.Index) bool { return r.marks[i].member >= 0 && r.marks[i].start == i }

// CommitteeRound returns the highest R for which a quorum of members has an event of round R or more in the cone of vertex i.
func (r *Rules) CommitteeRound(i dag.Index) uint64 { return uint64(r.marks[i].committee) }

// Head returns the newest event of the member with number m in the cone of vertex i, or NoIndex if there is none or if its
// fork is visible there.
func (r *Rules) Head(i dag.Index, m int) (newest dag.Index, forked bool) {
	return r.rows.at(i)[m].expose()
}

func (h head) expose() (newest dag.Index, forked bool) {
	if h.isEvent() {
		return h.event(), false
	}
	return dag.NoIndex, h.forked()
}
