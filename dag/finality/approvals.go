package finality

import (
	"iter"
	"slices"

	"github.com/ledgerofthings/lot/dag"
)

// Choice is what a member chooses the approvals of its next witness event from.
type Choice struct {
	Member   int                 // its number
	Prev     dag.Index           // its newest event, or NoIndex
	Tips     []dag.Index         // tips that may be approved, those that came first first
	Payload  dag.Index           // the oldest payload that nothing approves yet, or NoIndex
	Fallback iter.Seq[dag.Index] // further events that may be approved, newest first, down to the roots
}

// PickApprovals chooses what a witness event approves: first what brings the candidate that the event is to vote for, then the
// oldest payload, then the tips that add most rounds of members that the event would not see otherwise, then the other
// tips, older ones first. The event may claim any round that the prospect allows. There are at most dag.MaxApproves
// approvals, and at least dag.MinApproves if Fallback ends with the roots.
func (o *Order) PickApprovals(c Choice) *Prospect {
	p := o.rules.Prospect(c.Member, c.Prev)
	tips := considered(c.Tips)
	o.bringCandidate(p, tips)
	if c.Payload != dag.NoIndex {
		p.Approve(c.Payload)
	}
	p.approveByGain(tips)
	for _, i := range tips {
		p.Approve(i)
	}
	p.fill(c.Fallback)
	return p
}

// maxTips bounds how many tips are looked at, since a flood of payloads makes many.
const maxTips = 256

// considered returns all tips, or the oldest and the newest.
func considered(tips []dag.Index) []dag.Index {
	if len(tips) <= maxTips {
		return tips
	}
	return slices.Concat(tips[:maxTips/2], tips[len(tips)-maxTips/2:])
}

// bringCandidate approves the candidate of the slot that the next event votes in: by the tip that adds most of those that hold
// it, else by itself.
func (o *Order) bringCandidate(p *Prospect, tips []dag.Index) {
	slot := p.OwnRound()
	if slot < o.low || slot >= o.low+uint64(o.slots.count) || p.Candidate(slot) != dag.NoIndex {
		return
	}
	for _, c := range o.slots.at(int(slot - o.low)).runners {
		best, gain := c.candidate, uint64(0)
		for _, i := range tips {
			if g := p.gain(i); g > gain && o.rules.Candidate(i, slot) == c.candidate {
				best, gain = i, g
			}
		}
		if p.Approve(best) || p.Approve(c.candidate) {
			return
		}
	}
}

// approveByGain approves, one after the other, the tip that adds most, the oldest of equal ones, until none adds anything.
func (p *Prospect) approveByGain(tips []dag.Index) {
	gains := make([]uint64, len(tips)) // upper bounds: a tip adds less, never more, once others are approved
	for n, i := range tips {
		gains[n] = p.gain(i)
	}
	for len(gains) > 0 && len(p.approves) < dag.MaxApproves {
		best := 0
		for n := range gains {
			if gains[n] > gains[best] {
				best = n
			}
		}
		if gains[best] == 0 {
			return
		}
		if g := p.gain(tips[best]); g < gains[best] {
			gains[best] = g
			continue
		}
		p.Approve(tips[best])
		gains[best] = 0
	}
}

// gain counts the rounds of members that approving the event at i adds to the cone.
func (p *Prospect) gain(i dag.Index) (rounds uint64) {
	for m, h := range p.rules.rows.at(i) {
		if seen := p.heads[m]; h > seen && !h.forked() {
			rounds += uint64(p.rules.headRound(h) - min(p.rules.headRound(h), p.rules.headRound(seen)))
		}
	}
	return rounds
}

// fill completes the approvals to dag.MinApproves.
func (p *Prospect) fill(fallback iter.Seq[dag.Index]) {
	if fallback == nil || len(p.approves) >= dag.MinApproves {
		return
	}
	for i := range fallback {
		p.Approve(i)
		if len(p.approves) >= dag.MinApproves {
			return
		}
	}
}
