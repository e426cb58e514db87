package finality

import "github.com/ledgerofthings/lot/dag"

// An event approves dag.MaxApproves others at most, so in a larger committee no event can bring together a quorum that has
// just reached a round. Members then gather: they issue events in the round they are in, which cast nothing but cover what
// they approve, until one cone holds the quorum.
const (
	// gatherers is how many members gather in a round without being asked, a different few in every round.
	gatherers = 4
	// selfSufficient is the size of a committee up to which one event to gather and one to go on cover everybody, so that
	// each member gathers for itself and nobody waits for others to do it.
	selfSufficient = 2*dag.MaxApproves + 1
)

// gather decides what a member does whose next cone lacks a quorum of the round it is in.
func (p *Pace) gather(now, round, held uint64, cone *Prospect) Decision {
	fresh := cone.fresh(round)
	if fresh == 0 || held < round && fresh < dag.MaxApproves {
		return Decision{}
	}
	if p.held != round {
		p.held, p.heldAt = round, now
	}
	if p.gathers(round) || p.rules.committee.Len() <= selfSufficient {
		return Decision{Issue: true, Round: round, Cone: cone}
	}
	if at := p.heldAt + p.speed.delay(); at > now {
		return Decision{Wake: at}
	}
	return Decision{Issue: true, Round: round, Cone: cone}
}

// gathers reports whether it is the member's turn to gather in a round.
func (p *Pace) gathers(round uint64) bool {
	n := uint64(p.rules.committee.Len())
	return (uint64(p.member)+n-round%n*gatherers%n)%n < gatherers
}

// fresh counts the members that approvals bring to a round or above in the cone, prev not having seen them there.
func (p *Prospect) fresh(round uint64) (members int) {
	var seen row
	if p.prev != dag.NoIndex {
		seen = p.rules.rows.at(p.prev)
	}
	for m, h := range p.heads {
		if uint64(p.rules.headRound(h)) < round || h.forked() {
			continue
		}
		if seen == nil || uint64(p.rules.headRound(seen[m])) < round {
			members++
		}
	}
	return members
}
