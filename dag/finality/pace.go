package finality

import "github.com/ledgerofthings/lot/dag"

const (
	// catchUpRounds is how far the committee may be ahead before a member jumps to its round instead of following one round
	// an event, and how long a leader may be silent before nobody waits for it.
	catchUpRounds = 4
	// maxTimer bounds how long a member waits for a leader, in ms.
	maxTimer = 10_000
)

// Pace tells one member when to issue a witness event, and with which round. It waits for leaders and votes, since a
// committee that moves on as fast as it can decides nothing; it waits less for leaders that were skipped, so that faulty ones
// cannot slow everyone; and it is silent when there is nothing to do. Pace decides liveness only: whatever it says, the order
// stays safe.
//
// It is deterministic: time comes as an argument, in ms since the Unix epoch.
type Pace struct {
	rules  *Rules
	member int
	speed  speed
	timer  timer
	trust  []trust // by member
	next   uint64  // the next slot to learn about from an Order

	issued   uint64 // the highest round that the member issued an event of; 0 before
	issuedAt uint64 // when it issued the first of that round
	waiting  uint64 // the round in which it waits, whose quorum it has; 0 if none
	since    uint64 // since when it waits
	held     uint64 // the round of which its node holds a quorum that its cone lacks; 0 if none
	heldAt   uint64 // since when
}

// NewPace returns the pace of the member with number m. Base is the time between two of its events, in ms, where the links do
// not allow less; 0 chooses it by the size of the committee.
func NewPace(rules *Rules, m int, base uint64) *Pace {
	if base == 0 {
		base = basePace(rules.committee.Len())
	}
	return &Pace{
		rules: rules, member: m, speed: newSpeed(base), next: 1,
		trust: make([]trust, rules.committee.Len()),
	}
}

// After makes the pace begin with what the member's pace of the epoch before has measured of the links; nil if there was none.
func (p *Pace) After(before *Pace) *Pace {
	if before != nil {
		base := p.speed.base
		p.speed = before.speed
		p.speed.base = base
		p.speed.rest()
	}
	return p
}

// basePace returns the usual base for a committee of that size.
func basePace(members int) uint64 {
	switch {
	case members == 1:
		return 0
	case members <= 16:
		return 100
	case members <= 32:
		return 250
	}
	return 500
}

// View is what a member sees when it asks its pace.
type View struct {
	// Work says that there is something to do: a payload that is not ordered and still can be, or a deadline that is due
	// by the clock and that ledger time has not passed.
	Work bool
	// Round is that of the member's newest event, or 0 before its first.
	Round uint64
	// Held is the highest round of which the node holds events from a quorum, from Order.HeldRound.
	Held uint64
	// Cone returns what the member's next event would see, from Order.PickApprovals. It is called only where it matters, and
	// once at most, since choosing approvals takes longer than all else.
	Cone func() *Prospect
}

// Decision is the answer of a pace.
type Decision struct {
	Issue bool
	Round uint64    // the round to claim, if Issue; it may be the one the member is in
	Cone  *Prospect // what to approve, if Issue
	Wake  uint64    // when to ask again if nothing else happens, in ms; 0 for never
}

// Issued tells the pace that the member has issued a witness event with the given round.
func (p *Pace) Issued(now, round uint64) {
	if round > p.issued {
		p.issued, p.issuedAt = round, now
	}
}

// Observe lets the pace learn which slots were committed and which skipped. Call it after Order.Next.
func (p *Pace) Observe(o *Order) {
	for ; p.next < o.low; p.next++ {
		p.learn(o, p.next, o.emitted(p.next) != dag.NoIndex)
	}
}

func (p *Pace) learn(o *Order, slot uint64, committed bool) {
	leader := p.rules.Leader(slot)
	if committed {
		p.trust[leader].committed()
		p.timer.committed(p.speed.timeout())
		return
	}
	live := o.MemberRound(leader)+catchUpRounds >= slot
	if p.trust[leader].skipped(); live && p.timer.skipped(p.rules.committee, leader, p.speed.timeout()) {
		clear(p.trust)
	}
}

// Decide says whether the member shall issue a witness event now. If it does, ask again afterwards.
func (p *Pace) Decide(now uint64, v View) Decision {
	if !v.Work {
		p.speed.rest()
		p.waiting = 0
		return Decision{}
	}
	p.speed.measure(now, v.Held)
	if wake, ok := p.early(now, v); ok {
		return Decision{Wake: wake}
	}
	return p.consider(now, v.Round, v.Held, v.Cone())
}

// early reports whether the member can do nothing yet, whatever its cone may be, and when to ask again.
func (p *Pace) early(now uint64, v View) (wake uint64, early bool) {
	switch {
	case v.Round == 0 || v.Held > v.Round:
		return 0, false
	case v.Held < v.Round:
		return 0, !p.gathers(v.Round)
	}
	wake = p.issuedAt + p.speed.pace()
	return wake, p.issued != 0 && wake > now
}

// consider decides by the cone that the next event would have.
func (p *Pace) consider(now, own, held uint64, cone *Prospect) Decision {
	d := Decision{Issue: true, Cone: cone}
	switch committee := cone.CommitteeRound(); {
	case own == 0:
		d.Round = 1
	case committee < own:
		return p.gather(now, own, held, cone)
	case committee > own+catchUpRounds:
		d.Round = committee
	case committee > own:
		d.Round = own + 1
	default:
		if at := p.due(now, own, cone); at > now {
			return Decision{Wake: at}
		}
		d.Round = own + 1
	}
	return d
}

// due returns when the member may leave the round it is in, which a quorum has reached, its pace allowing.
func (p *Pace) due(now, round uint64, cone *Prospect) uint64 {
	if p.waiting != round {
		p.waiting, p.since = round, now
	}
	if p.hasLeader(round, cone) && p.hasVotes(round-1, cone) {
		return now
	}
	return p.since + p.timer.length(p.speed.timeout())
}

// hasLeader reports whether the cone holds the candidate of a slot, or the member need not wait for it.
func (p *Pace) hasLeader(slot uint64, cone *Prospect) bool {
	if cone.Candidate(slot) != dag.NoIndex {
		return true
	}
	leader := p.rules.Leader(slot)
	round, forked := cone.MemberRound(leader)
	return forked || round > slot || round+catchUpRounds < slot || p.trust[leader].excused > 0
}

// hasVotes reports whether the votes of a slot in the cone are enough to certify its candidate, or show that it cannot be.
func (p *Pace) hasVotes(slot uint64, cone *Prospect) bool {
	if slot == 0 {
		return true
	}
	best, none := cone.Votes(slot)
	return p.rules.committee.Quorum(best) || p.rules.committee.ExceedsFaulty(none)
}
