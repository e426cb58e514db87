package light

import (
	"github.com/ledgerofthings/lot/node/query"
)

// deliverDue hands own events of the epoch to peers until two have taken each, and now and then to another while it is not final. They
// go in the order in which they rest on each other.
func (m *Machine) deliverDue(now uint64, out *Effects) {
	var due []*pending
	copies, size := 1, 0
	for _, id := range m.order {
		p := m.pending[id]
		at := p.sentAt + m.config.Policy.Resubmit
		switch {
		case p.event.Epoch() != m.trust.epoch():
			continue
		case p.sentAt != 0 && now < at:
			out.wake(at)
			continue
		}
		if size += p.event.Size(); len(due) == query.MaxItems || size > query.MaxSubmitted {
			out.wake(now + 1)
			break
		}
		due = append(due, p)
		copies = max(copies, agreed-len(p.taken))
	}
	if len(due) > 0 {
		m.deliver(now, due, copies, out)
	}
}

// deliver hands events to peers: to those first that do not have the first of them.
func (m *Machine) deliver(now uint64, due []*pending, copies int, out *Effects) {
	asked := map[*peer]bool{}
	for range min(copies, len(m.peers.active)) {
		to := m.pick(now, func(q *peer) bool { _, has := due[0].taken[q.id]; return !has && !asked[q] })
		if to == nil {
			to = m.pick(now, func(q *peer) bool { return !asked[q] }) // it may have lost them
		}
		if to == nil {
			break
		}
		asked[to] = true
		m.submit(to, due, out)
	}
	if len(asked) == 0 {
		out.wake(now + failureRest) // all rest
		return
	}
	for _, p := range due {
		p.sentAt = max(now, 1)
	}
	out.wake(now + m.config.Policy.Resubmit)
}

// submit hands events to one peer, and takes what it says of them.
func (m *Machine) submit(to *peer, due []*pending, out *Effects) {
	blocks := make([][]byte, len(due))
	for i, p := range due {
		blocks[i] = p.event.Block()
	}
	request := query.Request{Submit: &query.SubmitRequest{Blocks: blocks}}
	m.ask(to, request, out, func(now uint64, from *peer, a *query.Answer, why string, out *Effects) error {
		switch {
		case from == nil:
			return nil
		case a == nil:
			for _, p := range due {
				m.undelivered(p, from, why, out)
			}
			return nil
		case a.Submitted == nil || len(a.Submitted.Events) != len(due):
			return m.accuse(now, from, errNothing, nil, out)
		}
		for i, t := range a.Submitted.Events {
			if t.Attached {
				due[i].taken[from.id], due[i].why = struct{}{}, ""
				out.notice(Delivered{Event: due[i].event.ID(), Peer: from.id})
			} else {
				m.undelivered(due[i], from, t.Why, out)
			}
		}
		return nil
	})
}

// undelivered notes that a peer has not taken an event.
func (m *Machine) undelivered(p *pending, from *peer, why string, out *Effects) {
	p.why = why
	out.notice(Undelivered{Event: p.event.ID(), Peer: from.id, Why: why})
}
