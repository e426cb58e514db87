package finality_test

import (
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
)

// seat is member a's place in a drawing: what it holds, and its pace.
type seat struct {
	*drawing
	order *finality.Order
	pace  *finality.Pace
	held  []dag.Index
	prev  dag.Index
}

func newSeat(t *testing.T, text string) *seat {
	s := &seat{drawing: &drawing{t: t}}
	if out := s.run(text); out != "" {
		t.Fatal(out)
	}
	a, _ := s.world.rules.Committee().Number(testKey("a"))
	s.order, s.pace = finality.NewOrder(s.world.rules), finality.NewPace(s.world.rules, a, 0)
	return s
}

// hold gives events to the seat; one of a's own is taken for issued at that time.
func (s *seat) hold(now uint64, names ...string) {
	for _, name := range names {
		i := s.event(name)
		s.held = append(s.held, i)
		s.order.Attach(i)
		drain(s.order)
		if s.world.arena.Event(i).Key() == testKey("a") {
			s.prev = i
			s.pace.Issued(now, s.world.rules.Round(i))
		}
	}
	s.pace.Observe(s.order)
}

func (s *seat) decide(now uint64) finality.Decision {
	a, _ := s.world.rules.Committee().Number(testKey("a"))
	return s.pace.Decide(now, finality.View{
		Work: true, Round: s.world.rules.Round(s.prev), Held: s.order.HeldRound(),
		Cone: func() *finality.Prospect {
			return s.order.PickApprovals(finality.Choice{
				Member: a, Prev: s.prev, Payload: dag.NoIndex, Tips: s.held,
				Fallback: slices.Values([]dag.Index{0, 1}),
			})
		},
	})
}

// want fails unless the seat decides so at a time: to issue in a round, or to wait until a time.
func (s *seat) want(now uint64, issue bool, number uint64) {
	s.t.Helper()
	d := s.decide(now)
	switch {
	case d.Issue != issue:
		s.t.Fatalf("at %d: %+v, want issue %v", now, d, issue)
	case issue && d.Round != number:
		s.t.Fatalf("at %d: claims round %d, want %d", now, d.Round, number)
	case !issue && d.Wake != number:
		s.t.Fatalf("at %d: wakes at %d, want %d", now, d.Wake, number)
	}
}

const firstRounds = `committee a=1 b=1 c=1 d=1
leaders d b d d c
add
a1 a 1 : / //
b1 b 1 : / //
c1 c 1 : / //
d1 d 1 : / //
a2 a 2 : *1
b2 b 2 : *1
c2 c 2 : *1
d2 d 2 : *1
A2 a 2 : b1 c1 <a1
B2 b 2 : a1 c1 <b1
C2 c 2 : a1 b1 <c1
a3 a 3 : *2 <a2
b3 b 3 : *2 <b2
c3 c 3 : *2 <c2
d3 d 3 : *2 <d2
a4 a 4 : *3
b4 b 4 : *3
c4 c 4 : *3
d4 d 4 : *3
a5 a 5 : *4
b5 b 5 : *4
c5 c 5 : *4
d5 d 5 : *4
a6 a 6 : *5
b6 b 6 : *5
c6 c 6 : *5`

func TestFirstEventIsImmediate(t *testing.T) {
	s := newSeat(t, firstRounds)
	s.want(1000, true, 1)
}

func TestWaitsForQuorumThenPaceThenLeader(t *testing.T) {
	s := newSeat(t, firstRounds)
	s.hold(1000, "a1")
	s.want(1000, false, 0)
	s.hold(1010, "b1")
	s.want(1010, false, 0) // two of four are no quorum: only events help
	s.hold(1020, "c1")
	s.want(1020, false, 1100) // the base pace of 100 ms
	s.want(1100, false, 1400) // the leader of slot 1 is missing: three rounds of 100 ms
	s.want(1399, false, 1400)
	s.hold(1399, "d1")
	s.want(1399, true, 2)
}

func TestTimerEndsTheWait(t *testing.T) {
	s := newSeat(t, firstRounds)
	s.hold(1000, "a1", "b1", "c1")
	s.want(1100, false, 1400)
	s.want(1400, true, 2)
}

func TestQuorumAheadEndsTheWait(t *testing.T) {
	s := newSeat(t, firstRounds)
	s.hold(1000, "a1", "b1", "c1")
	s.want(1100, false, 1400)
	s.hold(1110, "d1", "b2", "c2", "d2")
	s.want(1111, true, 2)
}

func TestWaitsForVotes(t *testing.T) {
	s := newSeat(t, firstRounds)
	s.hold(1000, "a1", "b1", "c1", "d1", "a2", "b2", "C2")
	// The candidate of slot 2 is here; of slot 1 two votes are for the candidate, and one, not more than a third, is nil.
	s.want(1100, false, 1400)
	s.hold(1200, "d2")
	s.want(1200, true, 3)
}

func TestNilVotesEndTheWait(t *testing.T) {
	s := newSeat(t, firstRounds)
	s.hold(1000, "a1", "b1", "c1", "A2", "B2", "C2")
	// Three nil votes: more than a third, so the candidate of slot 1 is lost, and b2's branch leads slot 2.
	s.want(1100, true, 3)
}

func TestSkippedLeaderIsNotWaitedFor(t *testing.T) {
	s := newSeat(t, `committee a=1 b=1 c=1 d=1
leaders d b d
add
a1 a 1 : / //
b1 b 1 : / //
c1 c 1 : / //
a2 a 2 : b1 c1
b2 b 2 : a1 c1
c2 c 2 : a1 b1
a3 a 3 : b2 c2
b3 b 3 : a2 c2
c3 c 3 : a2 b2`)
	s.hold(1000, "a1", "b1", "c1")
	s.want(1100, false, 1400)
	s.hold(1400, "a2", "b2", "c2")
	s.want(1500, true, 3) // slot 1 is skipped by nil votes
	s.hold(1500, "a3", "b3", "c3")
	s.want(1600, true, 4) // d leads slot 3 as well
}

func TestFarBehindJumps(t *testing.T) {
	s := newSeat(t, firstRounds)
	s.hold(1000, "a1", "b1", "c1", "d1", "b2", "c2", "d2", "a2")
	s.want(1001, false, 1100)
	s = newSeat(t, `committee a=1 b=1 c=1 d=1
leaders b
add
a1 a 1 : / //
b1 b 1 : / //
c1 c 1 : / //
d1 d 1 : / //
b2 b 2 : c1 d1
c2 c 2 : b1 d1
d2 d 2 : b1 c1
b3 b 3 : c2 d2
c3 c 3 : b2 d2
d3 d 3 : b2 c2
b4 b 4 : c3 d3
c4 c 4 : b3 d3
d4 d 4 : b3 c3
b5 b 5 : c4 d4
c5 c 5 : b4 d4
d5 d 5 : b4 c4
b6 b 6 : c5 d5
c6 c 6 : b5 d5
d6 d 6 : b5 c5`)
	s.hold(1000, "a1", "b1", "c1", "d1", "b2", "c2", "d2", "b3", "c3", "d3", "b4", "c4", "d4", "b5", "c5", "d5")
	s.want(1000, true, 2) // four rounds behind: follows
	s.hold(1000, "b6", "c6", "d6")
	s.want(1000, true, 6) // five: jumps
}
