package finality

import "github.com/ledgerofthings/lot/dag"

// tally is the weight that one candidate has gathered.
type tally struct {
	candidate dag.Index
	weight    uint64
}

// castNewest lets a start vote in the slot below its round and certify in the one below that, and remembers it. Where a
// member jumped over rounds it casts for the slots between as well; those are few and are computed when asked for.
func (r *Rules) castNewest(i dag.Index) {
	m := &r.marks[i]
	if m.start != i {
		return
	}
	round := uint64(m.round)
	for s := uint64(len(r.leaders)); s <= round; s++ {
		r.leaders = append(r.leaders, uint8(chooseLeader(r.committee, r.seed, r.epoch, s)))
	}
	heads := r.rows.at(i)
	m.vote, m.cert = dag.NoIndex, dag.NoIndex
	if round >= 2 {
		m.vote = r.candidateIn(heads, round-1)
	}
	if round >= 3 {
		m.cert = r.certificateIn(heads, round-2)
	}
}

// Candidate returns the candidate of a slot in the cone of vertex i, or NoIndex if there is none or if a fork of the leader is
// visible there.
func (r *Rules) Candidate(i dag.Index, slot uint64) dag.Index {
	return r.candidateIn(r.rows.at(i), slot)
}

func (r *Rules) candidateIn(heads row, slot uint64) dag.Index {
	x := r.firstIn(heads, r.Leader(slot), slot)
	if x == dag.NoIndex || uint64(r.marks[x].round) != slot {
		return dag.NoIndex
	}
	return x
}

// Vote returns what vertex i votes for in a slot, NoIndex meaning nil. cast is false if i is not its issuer's voting event
// for that slot, first(m, slot+1).
func (r *Rules) Vote(i dag.Index, slot uint64) (candidate dag.Index, cast bool) {
	if slot == 0 || !r.isFirst(i, slot+1) {
		return dag.NoIndex, false
	}
	return r.voteOf(i, slot), true
}

// voteOf returns the vote of a start that is its issuer's voting event for the slot.
func (r *Rules) voteOf(i dag.Index, slot uint64) dag.Index {
	if uint64(r.marks[i].round) == slot+1 {
		return r.marks[i].vote
	}
	return r.candidateIn(r.rows.at(i), slot)
}

// Certificate returns the candidate that vertex i certifies in a slot, or NoIndex if it certifies none. cast is false if i
// is not its issuer's certifying event for that slot, first(m, slot+2).
func (r *Rules) Certificate(i dag.Index, slot uint64) (candidate dag.Index, cast bool) {
	if slot == 0 || !r.isFirst(i, slot+2) {
		return dag.NoIndex, false
	}
	return r.certificateOf(i, slot), true
}

// certificateOf returns the certificate of a start that is its issuer's certifying event for the slot.
func (r *Rules) certificateOf(i dag.Index, slot uint64) dag.Index {
	if uint64(r.marks[i].round) == slot+2 {
		return r.marks[i].cert
	}
	return r.certificateIn(r.rows.at(i), slot)
}

// isFirst reports whether vertex i is its issuer's first event of round or more.
func (r *Rules) isFirst(i dag.Index, round uint64) bool {
	return r.IsStart(i) && r.PreviousRound(i) < round && round <= r.Round(i)
}

// certificateIn returns the candidate whose votes in a cone with these heads are a quorum, or NoIndex.
func (r *Rules) certificateIn(heads row, slot uint64) dag.Index {
	votes, _ := r.votesIn(heads, slot)
	for _, t := range votes {
		if r.committee.Quorum(t.weight) {
			return t.candidate
		}
	}
	return dag.NoIndex
}

// votesIn adds up the votes of a slot in a cone with these heads: for each candidate, and nil. The slice is valid until the
// next call.
func (r *Rules) votesIn(heads row, slot uint64) (votes []tally, none uint64) {
	r.scratch = r.scratch[:0]
	for m := range heads {
		v := r.firstIn(heads, m, slot+1)
		if v == dag.NoIndex {
			continue
		}
		weight := r.committee.members[m].Weight
		if c := r.voteOf(v, slot); c == dag.NoIndex {
			none += weight
		} else {
			r.count(c, weight)
		}
	}
	return r.scratch, none
}

// count adds weight to a candidate in scratch; there is more than one only where a leader forked.
func (r *Rules) count(candidate dag.Index, weight uint64) {
	for n := range r.scratch {
		if r.scratch[n].candidate == candidate {
			r.scratch[n].weight += weight
			return
		}
	}
	r.scratch = append(r.scratch, tally{candidate, weight})
}

// certifiedIn returns the candidate of a slot for which the cone of vertex i holds a member's certificate, or NoIndex. There
// is at most one.
func (r *Rules) certifiedIn(i dag.Index, slot uint64) dag.Index {
	heads := r.rows.at(i)
	for m := range heads {
		d := r.firstIn(heads, m, slot+2)
		if d == dag.NoIndex {
			continue
		}
		if c := r.certificateOf(d, slot); c != dag.NoIndex {
			return c
		}
	}
	return dag.NoIndex
}
