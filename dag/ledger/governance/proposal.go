package governance

import (
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// Approval is a member's approval of a proposal, or its consent to the seat that it would get.
type Approval struct {
	Member dag.Key // its event key
	Name   string  // of the member; the end of its key if it is none any more
	Weight uint64  // what the approval counts now; 0 for a consent, and for a key that is frozen or has no seat any more
}

// Proposal is a proposal for people to look at.
type Proposal struct {
	ID       dag.ID  // the event that proposed it
	Proposer dag.Key // its event key
	Name     string  // of the proposer
	Actions  []Action
	Words    []string // what each action does, with members by their names
	Expires  uint64   // ledger time in ms since the Unix epoch at which it lapses
	Stage    Stage
	// Approvals are in the order in which they came, the proposer's first. They have Weight in all, and Needed is the least
	// that is more than two thirds of all seats.
	Approvals      []Approval
	Weight, Needed uint64
	Missing        []string // names of those who have not agreed to the seat that they would get
	Epoch          uint64   // the first one for which it is effective; 0 before that
	Skipped        []int    // places in Actions of what could not be done any more, from 0
}

// Proposals returns the proposals that wait for approvals, then those that wait for the end of the epoch, then the last
// MaxDecided that were decided, the newest first.
func Proposals(s *ledger.State) []Proposal {
	a := readAgenda(s)
	var ids []dag.ID
	for _, i := range a.open {
		ids = append(ids, i.id)
	}
	ids = append(ids, a.accepted...)
	for _, id := range slices.Backward(a.decided) {
		ids = append(ids, id)
	}
	var out []Proposal
	for _, id := range ids {
		if p, ok := FindProposal(s, id); ok {
			out = append(out, p)
		}
	}
	return out
}

// FindProposal returns one of the Proposals by the event that proposed it.
func FindProposal(s *ledger.State, id dag.ID) (Proposal, bool) {
	m, p, ok := readMotion(s, id)
	if !ok {
		return Proposal{}, false
	}
	called := func(event dag.Key) string { return name(s, event) }
	votes := m.count(s, s, p)
	out := Proposal{
		ID: id, Proposer: m.Proposer, Name: called(m.Proposer), Actions: p.Actions, Expires: m.Expires,
		Stage: m.Stage, Weight: votes.weight, Needed: votes.needed, Epoch: m.Epoch,
	}
	for i := range p.Actions {
		out.Words = append(out.Words, p.Actions[i].words(called))
	}
	seats := readSeats(s).sound(s)
	for _, event := range m.approvals() {
		out.Approvals = append(out.Approvals, Approval{Member: event, Name: called(event), Weight: seats.weight(event)})
	}
	if m.Stage == StageOpen {
		for _, event := range votes.missing {
			out.Missing = append(out.Missing, called(event))
		}
	}
	for _, i := range m.Skipped {
		out.Skipped = append(out.Skipped, int(i))
	}
	return out, true
}
