package attack

import (
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
)

var withholdKind = kind("withhold", "issues events and keeps them back, to reveal them late and in bulk",
	func(c *captive) (attacker, error) {
		return &withhold{captive: c, after: c.ms("hold"), most: int(c.param("most")), ids: map[dag.ID]struct{}{}}, nil
	},
	Param{"hold", 2000, 1, 3_600_000, "ms for which events are kept back"},
	Param{"most", 1000, 1, 100_000, "events kept back at most; then all are revealed"},
)

// withhold follows the protocol and shows its events only some time after it issued them, all at once: neither gossip nor its
// answers in the exchange have them before.
//
// It hopes that its votes come when slots are already undecided for long, that a burst of old events upsets what was decided without
// them, and that tips of seconds ago return.
//
// Against it: votes are functions of cones, so nobody's cone changes by what comes late; a slot is decided by a quorum without
// it or skipped; events whose parents are missing wait in a bounded room; old tips are approved only for want of younger
// ones, and the committee keeps one place for the oldest unapproved payload.
//
// A report shows its payloads final later by the time they were held, bursts of attached events, and everybody else's time
// to finality as with a silent node.
//
// See I. Eyal, E. G. Sirer, "Majority is not enough: Bitcoin mining is vulnerable", FC 2014, on what withholding gains elsewhere.
type withhold struct {
	*captive
	after uint64 // ms
	most  int
	held  []engine.Broadcast  // in the order of issuing
	ids   map[dag.ID]struct{} // of those
	since uint64              // ms: when the first of them was issued
}

func (w *withhold) step(now uint64, in engine.Input, out *Effects) error {
	broadcasts, sends := len(out.Broadcasts), len(out.Sends)
	if err := w.captive.step(now, in, out); err != nil {
		return err
	}
	w.hold(now, broadcasts, out)
	hideEvents(out.Sends[sends:], func(id dag.ID) bool { _, held := w.ids[id]; return held })
	if len(w.held) == 0 {
		return nil
	}
	if now >= w.since+w.after || len(w.held) >= w.most {
		return w.end(now, out)
	}
	wake(out, w.since+w.after)
	return nil
}

// hold takes back the events among the broadcasts from a place on.
func (w *withhold) hold(now uint64, from int, out *Effects) {
	kept := out.Broadcasts[:from]
	for _, b := range out.Broadcasts[from:] {
		if b.Topic != engine.TopicEvents {
			kept = append(kept, b)
			continue
		}
		if len(w.held) == 0 {
			w.since = now
		}
		w.held = append(w.held, b)
		w.ids[dag.HashBlock(b.Data)] = struct{}{}
	}
	out.Broadcasts = kept
}

// end reveals all that is held.
func (w *withhold) end(_ uint64, out *Effects) error {
	out.Broadcasts = append(out.Broadcasts, w.held...)
	w.held = nil
	clear(w.ids)
	return nil
}

// hideEvents leaves events out of the answers of the exchange. Answers are not changed in place, since whoever made them may
// hold them still.
func hideEvents(sends []engine.Send, hidden func(dag.ID) bool) {
	for n := range sends {
		inform, ok := sends[n].Message.(*dag.Inform)
		if !ok {
			continue
		}
		shown := *inform
		shown.Blocks = slices.DeleteFunc(slices.Clone(inform.Blocks), func(b []byte) bool { return hidden(dag.HashBlock(b)) })
		sends[n].Message = &shown
	}
}
