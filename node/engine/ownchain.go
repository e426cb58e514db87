package engine

import "github.com/ledgerofthings/lot/dag"

// ownChain is this node's own chain of events, and how sure it is to know all of it. A node that runs on an old copy of its
// disk would otherwise issue a second event with a number that it has used, which freezes its key.
type ownChain struct {
	last      dag.Index // valid if any
	any       bool
	known     bool                 // nothing more need be heard
	override  bool                 // the operator vouches for it
	confirmed map[dag.Key]struct{} // members that have told, since the start, all that they hold
}

func (c *ownChain) advance(i dag.Index) { c.last, c.any = i, true }

func (c *ownChain) prev() dag.Index {
	if !c.any {
		return dag.NoIndex
	}
	return c.last
}

// ordinaryConfirmations is how many members of any kind must have told a node without a seat all they hold, if the committee
// has not: a fork there harms nobody else, and such a node may never be connected to the committee.
const ordinaryConfirmations = 3

// confirm notes that a member has told this node all it holds.
func (e *Engine) confirm(member dag.Key) {
	if member.IsZero() || e.chain.known {
		return
	}
	if e.chain.confirmed == nil {
		e.chain.confirmed = map[dag.Key]struct{}{}
	}
	e.chain.confirmed[member] = struct{}{}
}

// weightTold returns the weight of the other committee members that have told this node all they hold since it started,
// the weight of all other members, and the weight of the whole committee.
func (e *Engine) weightTold() (told, others, total uint64) {
	self, committee := e.config.Self.Signer.Key(), e.network.Committee
	for n := range committee.Len() {
		m := committee.Member(n)
		total += m.Weight
		if m.Key == self {
			continue
		}
		others += m.Weight
		if _, ok := e.chain.confirmed[m.Key]; ok {
			told += m.Weight
		}
	}
	return told, others, total
}

// reachesCommittee reports whether enough of the committee is connected to tell this node how far its chain goes. Then nobody else's word
// counts: others may have been away themselves.
func (e *Engine) reachesCommittee() bool {
	var weight uint64
	for n := range e.peers.list {
		if m, ok := e.network.Committee.Number(e.peers.list[n].member); ok {
			weight += e.network.Committee.Member(m).Weight
		}
	}
	return e.network.Committee.ExceedsFaulty(weight)
}

// alone reports whether this node is the network's only member.
func (e *Engine) alone() bool { return len(e.network.Members) == 1 }

// knowsOwnChain reports whether the node may rely on knowing its own last event: other members of more than a third of the
// committee's weight, or all of them, have told it all they hold. The only seat of a network with further members asks one
// of these; a node without a seat may also ask several of any kind. One that was restored from a backup needs more than two thirds.
func (e *Engine) knowsOwnChain() bool {
	if e.chain.known || e.alone() && e.outlived() {
		return true
	}
	told, others, total := e.weightTold()
	switch {
	case !e.outlived():
		e.chain.known = others > 0 && (told == others || e.network.Committee.Quorum(told))
	case others == 0:
		e.chain.known = len(e.chain.confirmed) > 0
	case e.seat.pace == nil && len(e.chain.confirmed) >= ordinaryConfirmations && !e.reachesCommittee():
		e.chain.known = true
	default:
		e.chain.known = told == others || 3*told > total
	}
	return e.chain.known
}

// mayIssue reports whether the node may issue events now; if not, why.
func (e *Engine) mayIssue() (ok bool, why string) {
	switch {
	case !e.isAdmitted():
		return false, "this gateway's key is not a member of the network, or its admission has not reached it yet"
	case e.graph.Forked(e.config.Self.Signer.Key()):
		return false, "this node's key has issued two events with one number and is frozen; it needs a new key"
	case !e.knowsOwnChain():
		return false, "too few members have told this node how far its own chain goes"
	case len(e.peers.list) == 0 && !e.decidesAlone():
		return false, "no peer is connected"
	}
	return true, ""
}

// decidesAlone reports whether events become final without anybody else.
func (e *Engine) decidesAlone() bool {
	_, others, _ := e.weightTold()
	return others == 0 && e.seat.pace != nil
}
