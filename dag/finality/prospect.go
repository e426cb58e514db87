package finality

import (
	"slices"

	"github.com/ledgerofthings/lot/dag"
)

// Prospect is the cone that a member's next event would have: its prev, what it approves, and all below. It is valid until
// the arena grows.
type Prospect struct {
	rules    *Rules
	member   int
	prev     dag.Index
	approves []dag.Index
	heads    row
	columns  []head // by Rules.columns
	round    uint32 // committee round
}

// Prospect returns the cone of a coming event of the member with number m that approves nothing yet. prev is the member's
// newest event, or NoIndex.
func (r *Rules) Prospect(m int, prev dag.Index) *Prospect {
	p := &Prospect{
		rules: r, member: m, prev: prev,
		heads: make(row, r.committee.Len()), columns: make([]head, len(r.columns)),
	}
	if prev != dag.NoIndex {
		p.join(prev)
	}
	return p
}

func (p *Prospect) join(i dag.Index) {
	p.rules.joinRow(p.heads, p.rules.rows.at(i))
	for n := range p.columns {
		p.columns[n] = p.rules.join(p.columns[n], p.rules.columns[n].heads[i])
	}
	p.round = p.rules.quorumRound(p.heads, max(p.round, p.rules.marks[i].committee))
}

// Approve adds an event to those that the coming one approves. It reports false and leaves the prospect as it was if the
// coming event would be invalid then: because i is its prev, or approved already, or by step 2 of the rule.
func (p *Prospect) Approve(i dag.Index) bool {
	if i == p.prev || slices.Contains(p.approves, i) || len(p.approves) == dag.MaxApproves {
		return false
	}
	before := *p
	p.heads, p.columns = slices.Clone(p.heads), slices.Clone(p.columns)
	p.join(i)
	p.approves = append(slices.Clip(p.approves), i)
	if slices.ContainsFunc(p.approves, p.forked) {
		*p = before
		return false
	}
	return true
}

// forked reports whether the cone shows a fork of the key that issued the event at i.
func (p *Prospect) forked(i dag.Index) bool {
	if i < dag.Roots {
		return false
	}
	switch m := int(p.rules.marks[i].member); {
	case m == p.member:
		return p.heads[m] != p.ownHead()
	case m >= 0:
		return p.heads[m].forked()
	}
	n, tracked := p.rules.tracked[p.rules.arena.Vertex(i).Chain]
	return tracked && p.columns[n].forked()
}

// ownHead is what the cone shows of the issuer as long as it follows its own single chain.
func (p *Prospect) ownHead() head {
	if p.prev == dag.NoIndex {
		return noHead
	}
	return head(p.prev)
}

// Approves returns what the coming event approves, in the order of Approve.
func (p *Prospect) Approves() []dag.Index { return slices.Clone(p.approves) }

// CommitteeRound returns the highest R for which a quorum of members has an event of round R or more in the cone. The
// coming event may claim one more.
func (p *Prospect) CommitteeRound() uint64 { return uint64(p.round) }

// Candidate returns the candidate of a slot in the cone, or NoIndex.
func (p *Prospect) Candidate(slot uint64) dag.Index { return p.rules.candidateIn(p.heads, slot) }

// Votes returns the weight of the votes for the candidate of a slot that has most of them, and of the nil votes, in the cone.
func (p *Prospect) Votes(slot uint64) (best, none uint64) {
	votes, none := p.rules.votesIn(p.heads, slot)
	for _, t := range votes {
		best = max(best, t.weight)
	}
	return best, none
}

// MemberRound returns the highest round that the member with number m claims in the cone, and whether its fork is visible.
func (p *Prospect) MemberRound(m int) (round uint64, forked bool) {
	return uint64(p.rules.headRound(p.heads[m])), p.heads[m].forked()
}

// OwnRound returns the round of prev, or 0 without one.
func (p *Prospect) OwnRound() uint64 {
	if p.prev == dag.NoIndex {
		return 0
	}
	return p.rules.Round(p.prev)
}

// PayloadRound returns the round that a payload event of a key claims after prev (NoIndex if it is the key's first): the one it
// is in already, so that payloads never cast votes. Votes are cast by witness events, which see more of the graph.
func (r *Rules) PayloadRound(key dag.Key, prev dag.Index) uint64 {
	if _, member := r.committee.Number(key); !member {
		return 0
	}
	if prev == dag.NoIndex {
		return 1
	}
	return r.Round(prev)
}
