package finality

import "github.com/ledgerofthings/lot/dag"

// anchorDistance is how far above a slot its anchor is at least. Certificates are cast two rounds above the slot, and only an
// event of one round more is sure to have an honest one in its past.
const anchorDistance = 3

// Order is what one node has decided: it takes the events that the node attaches and gives the commits that follow from them.
// It is a function of the set of attached events alone, not of the order in which they came, save for how early it decides.
// A restarted node gets the same state by attaching its stored events again. What it has committed it may share with other
// nodes of its Rules; see History.
//
// Attaching costs O(1), for a member's event O(slots that are not emitted); deciding a slot costs O(committee), emitting it
// O(its new events), whatever the length of the history.
type Order struct {
	rules *Rules

	low   uint64 // the first slot that is not emitted
	slots window // from low on
	last  *Commit
	view  row    // the heads of all attached events
	held  uint32 // the highest round of which events from a quorum are attached
}

// NewOrder returns the order of a node that holds nothing but the roots and shares its history with no other.
func NewOrder(rules *Rules) *Order { return NewHistory(rules, 0).NewOrder() }

// Attach takes the vertex at i, which the node has attached: each vertex once, parents first.
func (o *Order) Attach(i dag.Index) {
	r := o.rules
	m, ok := r.Member(i)
	if !ok {
		return
	}
	o.view[m] = r.join(o.view[m], head(i))
	if !r.IsStart(i) {
		return
	}
	o.held = r.quorumRound(o.view, o.held)
	from, to := r.PreviousRound(i), r.Round(i)
	if to >= o.low && r.Leader(to) == m {
		o.slot(to).runner(i)
	}
	skipped := o.countVotes(i, m, from, to)
	committed := o.countCertificates(i, m, from, to)
	if skipped || committed {
		o.decideByAnchors()
	}
}

// countVotes counts the votes that a start casts by rising above round from up to round to, and reports whether that decided
// a slot.
func (o *Order) countVotes(i dag.Index, m int, from, to uint64) (decided bool) {
	for n := max(from, o.low); n+1 <= to; n++ {
		s := o.slot(n)
		s.vote(o.rules.committee, m, o.rules.voteOf(i, n))
		decided = o.settle(s) || decided
	}
	return decided
}

// countCertificates does the same for certificates.
func (o *Order) countCertificates(i dag.Index, m int, from, to uint64) (decided bool) {
	for n := max(from, o.low+1) - 1; n+2 <= to; n++ {
		if c := o.rules.certificateOf(i, n); c != dag.NoIndex {
			s := o.slot(n)
			s.runner(c).certs.cast(o.rules.committee, m)
			decided = o.settle(s) || decided
		}
	}
	return decided
}

// HeldRound returns the highest round R such that events of round R or more from a quorum of members are attached.
func (o *Order) HeldRound() uint64 { return uint64(o.held) }

// slot returns the record of slot n, which is not emitted.
func (o *Order) slot(n uint64) *slot {
	for uint64(o.slots.count) <= n-o.low {
		o.slots.grow()
	}
	return o.slots.at(int(n - o.low))
}

// settle decides a slot directly if it can and reports whether it did.
func (o *Order) settle(s *slot) bool {
	if s.state != Undecided {
		return false
	}
	s.decideDirectly(o.rules.committee)
	return s.state != Undecided
}

// decideByAnchors applies step 7, from the highest slot down, so that every anchor is known when it is needed.
func (o *Order) decideByAnchors() {
	count := o.slots.count
	anchor := count
	for n := count - 1; n >= 0; n-- {
		if a := n + anchorDistance; a < count && o.slots.at(a).state != Skipped {
			anchor = a
		}
		s := o.slots.at(n)
		if s.state != Undecided || anchor >= count || o.slots.at(anchor).state != Committed {
			continue
		}
		if c := o.rules.certifiedIn(o.slots.at(anchor).leader, o.low+uint64(n)); c != dag.NoIndex {
			s.commit(c)
		} else {
			s.state = Skipped
		}
	}
}

// Next returns the next commit, if the slots up to it are decided. Call it until it returns false.
func (o *Order) Next() (*Commit, bool) {
	for o.slots.count > 0 && o.slots.at(0).state != Undecided {
		state, leader := o.slots.at(0).state, o.slots.at(0).leader
		o.slots.drop()
		o.low++
		if state == Committed {
			o.last = o.last.follow(o.low-1, leader)
			return o.last, true
		}
	}
	return nil, false
}
