package light

import (
	"github.com/ledgerofthings/lot/node/query"
)

// asks are the requests on their way.
type asks struct {
	last uint64
	open map[uint64]ask
}

// ask is one request. Its handler is called once: with the answer, or nil if there is none; why says why.
type ask struct {
	peer   string
	handle func(now uint64, from *peer, a *query.Answer, why string, out *Effects) error
}

func (a *asks) init() { a.open = map[uint64]ask{} }

// ask sends a request to a peer. The handler's peer is nil if that is gone or not asked any more when the answer comes.
func (m *Machine) ask(
	to *peer, r query.Request, out *Effects, handle func(now uint64, from *peer, a *query.Answer, why string, out *Effects) error,
) {
	m.asks.last++
	m.counters.Asked++
	m.asks.open[m.asks.last] = ask{peer: to.id, handle: handle}
	out.Asks = append(out.Asks, Ask{ID: m.asks.last, Peer: to.id, Request: r})
}

// answered hands what became of a request to whoever waits for it.
func (m *Machine) answered(now uint64, in Answered, out *Effects) error {
	a, ok := m.asks.open[in.Ask]
	if !ok {
		m.counters.Undeclared++
		return nil
	}
	delete(m.asks.open, in.Ask)
	from, answer, why := m.peers.find(a.peer), &in.Answer, in.Failed
	switch {
	case why != "":
		m.counters.Failed++
		answer = nil
	case in.Answer.Refusal != nil:
		m.counters.Refused++
		answer, why = nil, in.Answer.Refusal.Error()
	}
	if from != nil {
		from.answered(now, why == "" || in.Answer.Refusal != nil && !tired(in.Answer.Refusal.Reason))
	}
	return a.handle(now, from, answer, why, out)
}

// tired reports whether a peer that refuses is better left alone for a while.
func tired(r query.Reason) bool { return r == query.Busy || r == query.Unavailable }
