package engine

import (
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
)

// witnessPerStep bounds how many witness events one step issues. Only a sole member ever issues more than one.
const witnessPerStep = 16

// seat is this node's seat in the committee.
type seat struct {
	number int
	pace   *finality.Pace // nil without a seat
	// Nothing has to be decided again before wake unless the graph grows beyond seen or peers change, since a decision looks
	// at all tips and most steps bring readings only.
	seen int
	wake uint64 // ms; 0 for never
}

// takeSeat takes the seat that the node has in the epoch, if any.
func (e *Engine) takeSeat() {
	before := e.seat.pace
	e.seat = seat{}
	number, ok := e.network.Committee.Number(e.config.Self.Signer.Key())
	if ok {
		e.seat = seat{number: number, pace: finality.NewPace(e.rules, number, e.network.Pace).After(before)}
	}
}

// work reports whether the committee has something to do: a payload that can still be ordered, or a deadline in the ledger
// that is due by this node's clock.
func (e *Engine) work(now uint64) bool {
	if e.graph.Open() > 0 {
		return true
	}
	due := e.at.state.Due()
	return due != 0 && due <= now
}

// witness issues this member's events for the committee while its pace says so.
func (e *Engine) witness(now uint64, out *Effects) error {
	if e.seat.pace == nil {
		return nil
	}
	if ok, _ := e.mayIssue(); !ok {
		e.seat.seen = -1
		return nil
	}
	if e.seat.seen == e.graph.Len() && (e.seat.wake == 0 || now < e.seat.wake) {
		out.wake(e.seat.wake)
		return nil
	}
	for range witnessPerStep {
		graph := e.graph
		issued, err := e.witnessOnce(now, out)
		if err != nil || !issued {
			return err
		}
		if e.graph != graph { // its own event has sealed the epoch, in which it need not have a seat any more
			break
		}
	}
	e.seat.seen = -1
	out.wake(now + 1)
	return nil
}

// rest notes that nothing is to be decided before wake (0 for never) unless the graph grows.
func (e *Engine) rest(wake uint64, out *Effects) {
	e.seat.seen, e.seat.wake = e.graph.Len(), wake
	out.wake(wake)
}

func (e *Engine) witnessOnce(now uint64, out *Effects) (issued bool, err error) {
	if !e.work(now) {
		e.seat.pace.Decide(now, finality.View{})
		e.rest(e.at.state.Due(), out)
		return false, nil
	}
	view := finality.View{Work: true, Round: e.ownRound(), Held: e.order.HeldRound(), Cone: e.prospect}
	decision := e.seat.pace.Decide(now, view)
	if !decision.Issue {
		e.rest(decision.Wake, out)
		return false, nil
	}
	f := e.nextFields(now)
	f.Round = decision.Round
	e.seat.pace.Issued(now, f.Round)
	_, err = e.publish(now, f, decision.Cone.Approves(), out)
	return err == nil, err
}

// ownRound returns the round of this member's newest event; 0 before its first.
func (e *Engine) ownRound() uint64 {
	if !e.chain.any {
		return 0
	}
	return e.rules.Round(e.chain.last)
}

// prospect returns what this member's next witness event would see.
func (e *Engine) prospect() *finality.Prospect {
	payload, ok := e.graph.OldestUnapproved()
	if !ok {
		payload = dag.NoIndex
	}
	return e.order.PickApprovals(finality.Choice{
		Member: e.seat.number, Prev: e.chain.prev(), Tips: e.graph.Tips(), Payload: payload, Fallback: e.graph.Newest,
	})
}
