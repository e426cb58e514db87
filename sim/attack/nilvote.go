package attack

import (
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
	"github.com/ledgerofthings/lot/node/engine"
)

var nilVoteKind = kind("nil-vote", "approves around the leaders' events, so that it votes for no candidate where it can help it",
	func(c *captive) (attacker, error) { return &nilVote{captive: c}, c.shut() })

// nilVote is a committee member that approves older events of the others, from before they saw the candidate that it would vote for, so
// that its cone does not hold it. Without a seat it issues nothing.
//
// It hopes that slots are skipped, so that the order comes late and the leaders' penalties grow.
//
// Against it: its votes are less than a third, so a quorum of the others certifies the candidate without it; a member certifies as
// soon as the votes for the candidate are a quorum, and waits on after more than a third of nil votes only until its timer ends.
// Leaders that get on are never penalised.
//
// A report shows nil votes from it in nearly all slots and the same share of skipped slots as without it, within chance.
//
// See "nil" votes in E. Buchman, J. Kwon, Z. Milosevic, "The latest gossip on BFT consensus", arXiv 1807.04938.
type nilVote struct {
	*captive
	eager eager
}

func (n *nilVote) step(now uint64, in engine.Input, out *Effects) error {
	if err := n.captive.step(now, in, out); err != nil || !n.eager.ready(n.captive) {
		return err
	}
	cone := n.prospect(n.last())
	round, rises := highest(cone)
	if !rises {
		return nil
	}
	if slot := cone.OwnRound(); slot > 0 && n.Engine.Rules().Leader(slot) != n.member {
		blind := n.blind(slot)
		switch {
		case blind.CommitteeRound() >= slot:
			cone, round = blind, slot+1
		case cone.CommitteeRound() == slot:
			return nil // others of the round may still come that have not seen the candidate
		}
	}
	return n.publish(now, n.witnessFields(now, n.own.last, round, cone), out)
}

// blind returns a cone that does not hold the candidate of a slot and otherwise as many rounds of members as there are: of
// those around the leader, the events of the same round have mostly not seen it.
func (n *nilVote) blind(slot uint64) *finality.Prospect {
	rules, graph := n.Engine.Rules(), n.Engine.Graph()
	cone := rules.Prospect(n.member, n.own.last)
	sees := func(p *finality.Prospect) bool { return p.Candidate(slot) != dag.NoIndex }
	looked := 0
	for i := range graph.Newest {
		if looked++; looked > considered {
			break
		}
		if m, ok := rules.Member(i); ok {
			if round, _ := cone.MemberRound(m); rules.Round(i) > round {
				cone = approveUnless(cone, i, sees)
			}
		}
	}
	for i := range dag.Index(dag.MinApproves - min(dag.MinApproves, len(cone.Approves()))) {
		cone = approveUnless(cone, i, sees) // a root
	}
	return cone
}

// approveUnless returns the cone with one more event approved, or as it was if that is not allowed or makes it what the caller
// does not want.
func approveUnless(cone *finality.Prospect, i dag.Index, unwanted func(*finality.Prospect) bool) *finality.Prospect {
	trial := *cone
	if trial.Approve(i) && !unwanted(&trial) {
		return &trial
	}
	return cone
}
