package light

import (
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/query"
)

// Effects is what a step wants done. The driver owns and reuses it, and carries it out only after the step's writes are on disk.
type Effects struct {
	Asks    []Ask
	Replies []engine.Reply
	Reads   []ReadReply
	Found   []Found
	Notices []Notice
	WakeAt  uint64 // ms since the Unix epoch at which the machine wants a Wake; 0 for never
}

// Ask is a request to a peer.
type Ask struct {
	ID      uint64
	Peer    string
	Request query.Request
}

// ReadReply answers a Read.
type ReadReply struct {
	Ticket  engine.Ticket
	Head    Head            // as of which the read entries hold
	Refusal *engine.Refusal // why they could not be proven; nil if they were
}

// Found answers a Find.
type Found struct {
	Ticket  engine.Ticket
	Event   *EventInfo      // nil if Refusal is not
	Refusal *engine.Refusal // CodeNotFound if no peer that was asked knows the event
}

// CodeNotFound refuses to tell of an event that no peer knows of.
const CodeNotFound engine.Code = "not-found"

// Reset empties the buffer and keeps its memory.
func (e *Effects) Reset() {
	clear(e.Asks)
	clear(e.Replies)
	clear(e.Reads)
	clear(e.Found)
	clear(e.Notices)
	e.Asks, e.Replies, e.Reads, e.Found, e.Notices = e.Asks[:0], e.Replies[:0], e.Reads[:0], e.Found[:0], e.Notices[:0]
	e.WakeAt = 0
}

func (e *Effects) reply(t engine.Ticket, refusal *engine.Refusal, event dag.ID) {
	if t != 0 {
		e.Replies = append(e.Replies, engine.Reply{Ticket: t, Refusal: refusal, Event: event})
	}
}

func (e *Effects) notice(n Notice) { e.Notices = append(e.Notices, n) }

func (e *Effects) wake(at uint64) {
	if at != 0 && (e.WakeAt == 0 || at < e.WakeAt) {
		e.WakeAt = at
	}
}
