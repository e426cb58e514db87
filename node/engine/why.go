package engine

import (
	"fmt"
	"strings"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
)

// whyNotFinal says in plain words what an event waits for.
func (e *Engine) whyNotFinal(i dag.Index) string {
	approvers := e.graph.Approvers(i)
	switch {
	case !e.graph.Approvable(i) && approvers == 0:
		return "its key has issued two events with one number, so nothing approves it and it will not become final"
	case approvers == 0:
		return "no event approves it yet; the next ones of any gateway will"
	}
	x := e.order.Explain(i)
	switch x.Stage {
	case finality.StageVoting:
		return e.whySlot("it is in the past of", x.Slot)
	case finality.StageBehind:
		return fmt.Sprintf("its leader in slot %d is committed, but an earlier slot is not decided: %s", x.Slot.Slot, e.whySlot("", x.First))
	}
	return fmt.Sprintf("%d events approve it, but no leader of the committee has built on it yet; the next one will%s", approvers, e.silentMembers())
}

// whySlot says how far the votes on a slot are.
func (e *Engine) whySlot(lead string, s finality.SlotStatus) string {
	committee := e.network.Committee
	leader := committee.Member(s.Leader).Name
	var votes, certificates uint64
	for _, c := range s.Candidates {
		votes, certificates = max(votes, c.Votes), max(certificates, c.Certificates)
	}
	text := fmt.Sprintf("the leader %s of slot %d, which has votes of weight %d and certificates of weight %d; more than %d of each are needed",
		leader, s.Slot, votes, certificates, 2*committee.Total()/3)
	if len(s.Candidates) == 0 {
		text = fmt.Sprintf("slot %d waits for the event of its leader %s, or for votes of weight more than %d to skip it (so far %d)",
			s.Slot, leader, 2*committee.Total()/3, s.Nil)
	}
	return strings.TrimSpace(lead+" "+text) + e.silentMembers()
}

// silentMembers names members that are neither connected nor this node; empty if there are none.
func (e *Engine) silentMembers() string {
	var names []string
	for _, m := range e.network.Committee.Members() {
		if m.Key != e.config.Self.Signer.Key() && !e.connected(m.Key) {
			names = append(names, m.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "; not connected to this gateway: " + strings.Join(names, ", ")
}
