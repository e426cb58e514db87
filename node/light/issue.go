package light

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag"
)

const (
	// burst is how many payloads one step issues.
	burst = 8
	// maxPending is how many own events may be on their way at once; further payloads wait.
	maxPending = 256
)

// MayIssue reports whether the gateway may issue events now; if not, why.
func (m *Machine) MayIssue() (ok bool, why string) {
	switch {
	case m.split:
		return false, "a quorum of the committee has signed two different logs: nobody can tell which one holds; ask the network's operators"
	case m.trust.head.Size == 0:
		return false, "no checkpoint of the network has been proven yet"
	case !m.self.is(&m.trust):
		return false, "what the ledger says of this gateway has not been proven yet for this epoch"
	case m.self.frozen || m.own.conflict:
		return false, "this gateway's key has issued two events with one number and is frozen; it needs a new key"
	case m.self.known && m.self.member.Weight > 0:
		return false, "this gateway has a seat in the committee, whose votes take the whole graph: set role = \"full\""
	case !m.knowsChain():
		return false, "too few members have told this gateway how far its own chain goes"
	case len(m.peers.active) == 0:
		return false, "no full gateway is connected"
	}
	return true, ""
}

// issueDue issues waiting payloads once it may and enough peers have told what can be approved.
func (m *Machine) issueDue(now uint64, out *Effects) error {
	if m.queue.len() == 0 || m.overdue() || len(m.order) >= maxPending {
		return nil
	}
	if ok, _ := m.MayIssue(); !ok {
		return nil
	}
	tellers := m.tellers(now)
	if len(tellers) < min(agreed, len(m.peers.active)) {
		return nil
	}
	for range min(burst, m.queue.len(), maxPending-len(m.order)) {
		approves, ok := m.approves(tellers)
		if !ok {
			return nil // nobody has admitted this gateway as far as is known
		}
		if err := m.issueFirst(now, approves, out); err != nil {
			return err
		}
	}
	if m.queue.len() > 0 && len(m.order) < maxPending {
		out.wake(now + 1)
	}
	return nil
}

// tellers returns the peers of which it is known what they told.
func (m *Machine) tellers(now uint64) (list []*peer) {
	for _, p := range m.peers.active {
		if p.told.fresh(now) {
			list = append(list, p)
		}
	}
	return list
}

// approves chooses what the next event approves: an event that the log proves to be committed, and a tip that two peers name; roots of
// the epoch where there are no such. The first event of one that was admitted in this epoch has to approve the event that admits it.
func (m *Machine) approves(tellers []*peer) (list []dag.ID, ok bool) {
	if m.own.seq == 0 && !m.self.memberSinceStart() {
		ticket, ok := m.ticket(tellers)
		if !ok {
			return nil, false
		}
		list = append(list, ticket)
	}
	if h := &m.trust.head; !h.Sealed && h.Epoch == m.trust.epoch() && !slices.Contains(list, h.Leader) {
		list = append(list, h.Leader)
	}
	if tip, ok := m.commonTip(tellers, list); ok {
		list = append(list, tip)
	}
	for _, root := range roots(m.trust.origin) {
		list = append(list, root)
	}
	list = list[:dag.MinApproves] // what stands first is what it has to approve, and then what it best approves
	slices.SortFunc(list, dag.ID.Compare)
	return list, true
}

// commonTip returns a tip that enough peers name and that is none of those listed; of several any one.
func (m *Machine) commonTip(tellers []*peer, not []dag.ID) (dag.ID, bool) {
	counts := map[dag.ID]int{}
	var common []dag.ID
	for _, p := range tellers {
		for _, tip := range p.told.tips {
			counts[tip]++
			if counts[tip] == agreed && tip != m.own.last && !slices.Contains(not, tip) {
				common = append(common, tip)
			}
		}
	}
	if len(common) == 0 {
		return dag.ID{}, false
	}
	return common[m.config.Self.Random.IntN(len(common))], true
}

// ticket returns the event that admits this gateway, if enough peers name it. Of several it is the one with the lowest id.
func (m *Machine) ticket(tellers []*peer) (best dag.ID, found bool) {
	counts := map[dag.ID]int{}
	for _, p := range tellers {
		id := p.told.ticket
		if id.IsZero() {
			continue
		}
		counts[id]++
		if counts[id] >= min(agreed, len(m.peers.active)) && (!found || bytes.Compare(id[:], best[:]) < 0) {
			best, found = id, true
		}
	}
	return best, found
}

// issueFirst signs an event with the payload that waits longest and puts it on its way. It is on disk before it leaves.
func (m *Machine) issueFirst(now uint64, approves []dag.ID, out *Effects) error {
	q, ticket, err := m.dequeue()
	if err != nil {
		return err
	}
	f := dag.Fields{
		Network: m.config.Network, Key: m.config.Self.Signer.Key(), Account: m.config.Self.Account, Seq: m.own.seq + 1, Prev: m.own.last,
		Approves: approves, Time: max(now, m.own.time), Epoch: m.trust.epoch(), Kind: q.Kind, Body: q.Body,
	}
	v, err := f.Sign(m.config.Self.Signer)
	if err != nil {
		return fmt.Errorf("light gateway: issue %q: %w", q.Kind, err)
	}
	if err := m.extendChain(v.Event); err != nil {
		return err
	}
	if err := m.keepPending(now, v.Event, &q, out); err != nil {
		return err
	}
	m.counters.Issued++
	out.notice(Issued{Event: v.ID(), Kind: q.Kind})
	out.reply(ticket, nil, v.ID())
	return nil
}
