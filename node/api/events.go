package api

import (
	"context"
	"encoding/json"

	"github.com/ledgerofthings/lot/dag"
)

// MaxPage is the most rows that a listing returns at once.
const MaxPage = 1000

// EventState is how far an event has come.
type EventState string

// The states of an event.
const (
	StateWaiting  EventState = "waiting"  // a parent is missing
	StateAttached EventState = "attached" // in the graph, without a place in the order
	StateOrdered  EventState = "ordered"  // has its place in the order and took effect
	StateNoOp     EventState = "no-op"    // has its place in the order and had no effect; the receipt has the reason
	StateVoid     EventState = "void"     // can never be ordered; its issuer issues the payload again
)

// EventQuery chooses a page of events.
type EventQuery struct {
	Limit  int        // rows, 1 to MaxPage
	Cursor string     // EventPage.Next of the page before; empty for the first
	Kind   string     // only payloads of this kind; empty for all
	Key    dag.Key    // only events of this key; zero for all
	State  EventState // only events in this state; empty for all
}

// EventPage is one page of events, the newest first.
type EventPage struct {
	Events List[Event] `json:"events"`
	Next   string      `json:"next,omitempty" doc:"The cursor of the next page; absent on the last one."`
}

// Event is an event as listings show it.
type Event struct {
	ID       dag.ID       `json:"id" doc:"The CID of its block."`
	Kind     string       `json:"kind,omitempty" doc:"The payload's kind; absent for a witness event."`
	Key      dag.Key      `json:"key" doc:"The key that issued it."`
	Name     string       `json:"name,omitempty" doc:"The issuer's name, if it is a member."`
	Account  dag.Account  `json:"account" doc:"The account it acts for."`
	Seq      uint64       `json:"seq" doc:"Its number on its key's chain."`
	Prev     dag.ID       `json:"prev,omitzero" doc:"The key's event before it."`
	Approves List[dag.ID] `json:"approves" doc:"The events it approves."`
	Time     uint64       `json:"time" doc:"The issuer's clock, a claim, in ms since the Unix epoch."`
	Epoch    uint64       `json:"epoch"`
	Round    uint64       `json:"round,omitempty" doc:"The round a committee member claims."`
	State    EventState   `json:"state" enum:"waiting,attached,ordered,no-op,void"`
	Position uint64       `json:"position,omitempty" doc:"Its place in the order, from 1."`
}

// Receipt is what came of an ordered event.
type Receipt struct {
	Status   EventState `json:"status" enum:"ordered,no-op,void"`
	Reason   string     `json:"reason,omitempty" doc:"Why it had no effect."`
	BeatenBy dag.ID     `json:"beaten_by,omitzero" doc:"The event that took effect instead."`
	Position uint64     `json:"position,omitempty" doc:"Its place in the order, from 1."`
	Commit   dag.ID     `json:"commit,omitzero" doc:"The committed leader that ordered it."`
	Time     uint64     `json:"time,omitempty" doc:"The ledger time of that commit, in ms since the Unix epoch."`
}

// EventDetail is an event with its explanation.
type EventDetail struct {
	Event
	Arrived   uint64          `json:"arrived" doc:"When it arrived here, in ms since the Unix epoch."`
	Approvers int             `json:"approvers" doc:"How many events approve it directly."`
	Missing   List[dag.ID]    `json:"missing" doc:"Parents that are not here yet."`
	Receipt   *Receipt        `json:"receipt,omitempty" doc:"What came of it, once it is ordered."`
	Why       string          `json:"why" doc:"How far it is and why it is not final, in plain words."`
	Hint      string          `json:"hint,omitempty" doc:"What to do about it."`
	Payload   json.RawMessage `json:"payload,omitempty" doc:"The payload as JSON, for reading; the block is what counts."`
	Block     []byte          `json:"block,omitempty" doc:"The dag-cbor block in base64, if asked for."`
}

type eventsInput struct {
	Limit  int     `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	Cursor string  `query:"cursor" maxLength:"256" doc:"The next of the page before."`
	Kind   string  `query:"kind" maxLength:"48" pattern:"^[a-z0-9.-]*$" doc:"Only payloads of this kind."`
	Key    dag.Key `query:"key" doc:"Only events of this key, a did:key."`
	State  string  `query:"state" enum:"waiting,attached,ordered,no-op,void" doc:"Only events in this state."`
}

type eventsOutput struct{ Body EventPage }

func (s *Server) events(ctx context.Context, in *eventsInput) (*eventsOutput, error) {
	page, err := s.backend.Events(ctx, EventQuery{in.Limit, in.Cursor, in.Kind, in.Key, EventState(in.State)})
	return &eventsOutput{page}, err
}

type eventInput struct {
	ID    dag.ID `path:"cid" doc:"The event's CID."`
	Block bool   `query:"block" doc:"Whether to include the block."`
}

type eventOutput struct{ Body EventDetail }

func (s *Server) event(ctx context.Context, in *eventInput) (*eventOutput, error) {
	event, err := s.backend.Event(ctx, in.ID)
	if !in.Block {
		event.Block = nil
	}
	return &eventOutput{event}, err
}
