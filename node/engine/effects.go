package engine

import "github.com/ledgerofthings/lot/dag"

// Topic names a gossip topic of the network.
type Topic string

// The topics that an engine broadcasts on.
const (
	TopicEvents      Topic = "events"
	TopicCheckpoints Topic = "checkpoints"
)

// Effects is what a step wants done. The driver owns and reuses it, and carries it out only after the step's writes are on
// disk.
type Effects struct {
	Broadcasts []Broadcast
	Sends      []Send
	Replies    []Reply
	Notices    []Notice
	WakeAt     uint64 // ms since the Unix epoch at which the engine wants a Wake; 0 for never
}

// Broadcast is bytes for all peers.
type Broadcast struct {
	Topic Topic
	Data  []byte
}

// Send is a message for one peer, to be encoded before it leaves. Nobody changes the message any more.
type Send struct {
	Peer    string
	Message dag.Message
	Asks    bool // it is a dag.Missing, so the peer is to answer with a dag.Inform; the driver drops those that nobody asked for
}

// Reply answers the request with the same ticket.
type Reply struct {
	Ticket  Ticket
	Refusal *Refusal // nil if it was accepted
	Event   dag.ID   // the event issued for it; zero if none was, or not yet
}

// Reset empties the buffer and keeps its memory.
func (e *Effects) Reset() {
	clear(e.Broadcasts)
	clear(e.Sends)
	clear(e.Replies)
	clear(e.Notices)
	e.Broadcasts, e.Sends, e.Replies, e.Notices = e.Broadcasts[:0], e.Sends[:0], e.Replies[:0], e.Notices[:0]
	e.WakeAt = 0
}

// Promises reports whether the effects state something that a crash must not make the node forget: its own events and
// signatures, and answers to requests. What else goes out repeats what others hold too; steps that have only that need not
// wait for the disk.
func (e *Effects) Promises() bool { return len(e.Broadcasts) > 0 || len(e.Replies) > 0 }

func (e *Effects) reply(t Ticket, refusal *Refusal, event dag.ID) {
	if t != 0 {
		e.Replies = append(e.Replies, Reply{Ticket: t, Refusal: refusal, Event: event})
	}
}

func (e *Effects) send(p *peer, m dag.Message, asks bool) {
	e.Sends = append(e.Sends, Send{Peer: p.id, Message: m, Asks: asks})
}

func (e *Effects) notice(n Notice) { e.Notices = append(e.Notices, n) }

func (e *Effects) wake(at uint64) {
	if at != 0 && (e.WakeAt == 0 || at < e.WakeAt) {
		e.WakeAt = at
	}
}

// Code says why a request was refused, in a word for programs.
type Code string

// The codes of refusals.
const (
	CodeUnknownDevice Code = "unknown-device"
	CodeBoundElse     Code = "bound-elsewhere"
	CodeReplayed      Code = "replayed"
	CodeDrift         Code = "drift"
	CodeConflict      Code = "conflict"
	CodeInvalid       Code = "invalid"
	CodeInsufficient  Code = "insufficient-balance"
	CodeDiskFull      Code = "disk-full"
	CodeStopping      Code = "stopping"
	CodeBusy          Code = "busy"
)

// Refusal is why a request was refused: a code for programs and a sentence for people that says what to do.
type Refusal struct {
	Code   Code
	Detail string
}

// Error implements error.
func (r *Refusal) Error() string { return string(r.Code) + ": " + r.Detail }
