package sim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/sim/scenario"
)

// proposal is something that a member proposes to the committee.
type proposal struct {
	*scenario.Govern
	by, nodes, approvers []int
	made                 dag.ID
	approved             map[int]uint64 // by node: the epoch in which it approved, plus one
}

// planProposals enters the scenario's proposals into the agenda.
func (w *world) planProposals() error {
	for i := range w.scenario.Governs {
		p := &proposal{Govern: &w.scenario.Governs[i], approved: map[int]uint64{}}
		for _, choice := range []struct {
			nodes *[]int
			from  scenario.Selector
			kind  string
		}{{&p.by, p.By, "by"}, {&p.approvers, p.Approvers, "approvers"}, {&p.nodes, p.Nodes, "govern"}} {
			if choice.from == "" {
				continue
			}
			var err error
			if *choice.nodes, err = w.choose(choice.from, choice.kind, i); err != nil {
				return fmt.Errorf("govern %d: %w", i+1, err)
			}
		}
		w.remark(uint64(p.At), 0, strings.TrimSpace(fmt.Sprintf("it is proposed: %s %s %s", p.Verb, p.Name, p.Nodes)))
		w.agenda.enter(uint64(p.At), p.propose)
	}
	return nil
}

// propose lets the first node that can make the proposal.
func (p *proposal) propose(w *world) {
	for _, number := range p.by {
		n := w.node(uint32(number))
		if !n.up || n.deaf {
			continue
		}
		body := governance.Propose{Actions: w.actionsOf(p.Govern, p.nodes)}
		if p.Lapse > 0 {
			body.Expires = n.engine.State().Time() + p.Lapse.Milliseconds()
		}
		encoded, err := body.Encode()
		if w.govern(n, governance.KindPropose, encoded, err) {
			for _, r := range w.shardOf(n.number).effects.Replies {
				p.made = r.Event
			}
			w.agenda.enter(w.now+memberEvery, func(w *world) { p.approve(w, number) })
			return
		}
	}
	w.agenda.enter(w.now+memberEvery, p.propose)
}

// approve lets those approve who see the proposal open and may approve it, until it is decided.
func (p *proposal) approve(w *world, proposer int) {
	waits := false
	p.follow(w.node(uint32(proposer)))
	for _, number := range p.approvers {
		n := w.node(uint32(number))
		if number == proposer || !n.up || n.deaf || n.engine == nil || !w.shardOf(n.number).honest(n) {
			continue
		}
		open, state := p.openAt(n)
		waits = waits || open
		epoch := n.engine.Rules().Epoch() + 1
		if !open || p.approved[number] == epoch || !p.maySpeak(w, number, state) {
			continue
		}
		approve := governance.Approve{Proposal: p.made}
		body, err := approve.Encode()
		if w.govern(n, governance.KindApprove, body, err) {
			p.approved[number] = epoch
		}
	}
	if waits || w.now < uint64(p.At)+giveUpAfter {
		w.agenda.enter(w.now+memberEvery, func(w *world) { p.approve(w, proposer) })
	}
}

// giveUpAfter is how long, in µs, a proposal that nobody sees is waited for.
const giveUpAfter = 60_000_000

// follow takes note that the proposal was made again, since its event came too late for its epoch.
func (p *proposal) follow(n *node) {
	if !n.up || n.deaf {
		return
	}
	if id, err := n.engine.Successor(p.made); err == nil {
		p.made = id
	}
}

// openAt reports whether a node sees the proposal open.
func (p *proposal) openAt(n *node) (open bool, state *ledger.State) {
	state = n.engine.State()
	found, ok := governance.FindProposal(state, p.made)
	return ok && found.Stage == governance.StageOpen, state
}

// maySpeak reports whether a node has a seat, or would get one, and has not spoken yet.
func (p *proposal) maySpeak(w *world, number int, state *ledger.State) bool {
	key := w.founding.members[number].Event
	m, ok := governance.Find(state, key)
	if !ok || m.Weight == 0 && !slices.Contains(p.nodes, number) {
		return false
	}
	found, _ := governance.FindProposal(state, p.made)
	return !slices.ContainsFunc(found.Approvals, func(a governance.Approval) bool { return a.Member == key })
}
