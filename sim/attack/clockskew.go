package attack

import (
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/node/engine"
)

var clockSkewKind = kind("clock-skew", "claims times far ahead of the clock, or as far behind as the rules allow, in its events",
	makeClockSkew,
	Param{"offset", 3_600_000, -1e12, 1e12, "ms that are added to the time of every event"},
	Param{"every", 1000, 0, 3_600_000, "ms between payload events of its own making; 0 for none"},
)

func makeClockSkew(c *captive) (attacker, error) {
	s := &clockSkew{captive: c, offset: int64(c.param("offset")), payloads: ticker{every: c.ms("every")}}
	s.turn()
	return s, c.shut()
}

// clockSkew paces itself honestly, by a clock that is right, and writes other times into its events: an hour ahead, say. An event
// may not be before its prev, so one that wants to be behind claims its prev's time and never moves.
//
// It hopes to drag ledger time along, so that windows of others end early or never, and to have events refused or preferred
// for their time.
//
// Against it: ledger time is a weighted median over a quorum's events, between the claims of honest members as long as less than a
// third lies; it never falls; no rule of validity or of order looks at the time of an event but that it is not before its prev;
// tips age by when they came.
//
// A report shows ledger time beside the true time, and no difference in anything else.
//
// See L. Lamport, P. M. Melliar-Smith, "Synchronizing clocks in the presence of faults", JACM 32 (1985), on medians of clocks.
type clockSkew struct {
	*captive
	offset   int64 // ms
	payloads ticker
	pace     *finality.Pace // nil without a seat
}

// turn takes the seat that the node has in the epoch.
func (s *clockSkew) turn() {
	if s.pace = nil; s.member >= 0 {
		s.pace = finality.NewPace(s.Engine.Rules(), s.member, s.Network.Pace)
	}
}

func (s *clockSkew) step(now uint64, in engine.Input, out *Effects) error {
	if err := s.captive.step(now, in, out); err != nil {
		return err
	}
	if s.payloads.rings(now, out) {
		if err := s.payload(now, out); err != nil {
			return err
		}
	}
	if s.pace == nil {
		return nil
	}
	return s.witness(now, out)
}

func (s *clockSkew) payload(now uint64, out *Effects) error {
	body, err := s.inventedAnchor(now)
	if err != nil {
		return err
	}
	f := s.skewed(now, s.after(now, s.last()))
	f.Kind, f.Body, f.Approves = ledger.KindAnchor, body, s.tips(now, s.own.last)
	return s.publish(now, f, out)
}

// witness issues a witness event if an honest member would.
func (s *clockSkew) witness(now uint64, out *Effects) error {
	order := s.Engine.Order()
	s.pace.Observe(order)
	view := finality.View{Work: s.Engine.Graph().Open() > 0, Held: order.HeldRound()}
	if prev := s.last(); prev != dag.NoIndex {
		view.Round = s.Engine.Rules().Round(prev)
	}
	view.Cone = func() *finality.Prospect { return s.prospect(s.own.last) }
	d := s.pace.Decide(now, view)
	if !d.Issue {
		wake(out, d.Wake)
		return nil
	}
	s.pace.Issued(now, d.Round)
	wake(out, now+1)
	return s.publish(now, s.skewed(now, s.witnessFields(now, s.own.last, d.Round, d.Cone)), out)
}

// skewed changes the time of an event that follows the newest own one, as far as the rules allow.
func (s *clockSkew) skewed(now uint64, f dag.Fields) dag.Fields {
	low := int64(0)
	if s.own.last != dag.NoIndex {
		low = int64(s.Engine.Graph().Arena().Event(s.own.last).Time())
	}
	f.Time = uint64(min(max(int64(now)+s.offset, low), dag.MaxInteger))
	return f
}
