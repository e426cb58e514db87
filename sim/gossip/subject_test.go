package gossip

import (
	"testing"

	"github.com/ledgerofthings/lot/sim/scenario"
)

// subject is a router with peers 0 to n-1, of which this node dialled the first dialed, and an outbox.
type subject struct {
	Router
	t   *testing.T
	out Outbox
	now uint64
}

func newSubject(t *testing.T, n, dialed uint32, change func(*scenario.Gossip)) *subject {
	s := &subject{Router: NewRouter(params(t, change), 0), t: t}
	for number := range n {
		s.Connect(number, number < dialed)
	}
	return s
}

// gets has a peer's control message handled.
func (s *subject) gets(from uint32, kind Kind, ids ...Message) (answers []Control, resend []Message) {
	s.out.Reset()
	resend = s.Handle(from, &Control{Kind: kind, IDs: ids}, s.now, 1, &s.out, nil)
	return s.out.Controls, resend
}

func (s *subject) beat() []Control {
	s.now += s.params.Heartbeat
	s.out.Reset()
	s.Heartbeat(s.now, s.now, &s.out)
	return s.out.Controls
}

// grafted has peers in the mesh of events because they asked for it.
func (s *subject) grafted(peers ...uint32) {
	s.t.Helper()
	for _, number := range peers {
		if answers, _ := s.gets(number, Graft); len(answers) > 0 {
			s.t.Fatalf("%d is not taken into the mesh", number)
		}
	}
}

// remembered has messages forwarded, as if peer 0 had sent them.
func (s *subject) remembered(messages ...Message) {
	for _, m := range messages {
		s.Receive(m, s.now)
		s.Forward(Events, m, 0, nil)
	}
}

func wantOne(t *testing.T, controls []Control, to uint32, kind Kind) {
	t.Helper()
	if len(controls) != 1 || controls[0].To != to || controls[0].Kind != kind {
		t.Fatalf("got %+v, want one of kind %d to %d", controls, kind, to)
	}
}

func kindsTo(controls []Control, kind Kind) (to []uint32) {
	for _, c := range controls {
		if c.Kind == kind {
			to = append(to, c.To)
		}
	}
	return to
}
