package server

import (
	"errors"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/query"
)

// events answers where events stand.
func events(r Reader, q *query.EventsRequest) (*query.Events, error) {
	if signed, ok := r.Signed(); !ok || signed.Checkpoint.Size < q.Size {
		return nil, refuse(query.Gone, "this gateway has not come to log size %d yet, so it cannot tell what is ordered there: ask another one", q.Size)
	}
	out, size := new(query.Events), 0
	for _, id := range q.IDs {
		e, err := event(r, q, id)
		if err != nil {
			return nil, err
		}
		if size += len(e.Block) + len(e.Path); size > query.PageSize && len(out.Events) > 0 {
			break
		}
		out.Events = append(out.Events, e)
	}
	return out, nil
}

func event(r Reader, q *query.EventsRequest, id dag.ID) (e query.Event, err error) {
	info, err := r.Event(id)
	if errors.Is(err, engine.ErrNotFound) {
		return query.Event{State: query.EventUnknown}, nil
	}
	if err != nil {
		return e, err
	}
	if q.Blocks {
		e.Block = info.Event.Block()
	}
	switch {
	case info.State == engine.StateAttached:
		e.State, e.Why = query.EventAttached, query.Shorten(info.Why)
	case info.State == engine.StateVoid:
		e.State, e.Successor = query.EventVoid, info.Successor
	case info.Receipt == nil || info.Leaf >= q.Size: // a witness event has no leaf
		e.State = query.EventPending
	default:
		err = place(&e, r, q.Size, &info)
	}
	return e, err
}

// place adds the proof that an event is ordered.
func place(e *query.Event, r Reader, size uint64, info *engine.EventInfo) error {
	path, err := proof.ProveInclusion(r.Log(), size, info.Leaf)
	if err != nil {
		return refuse(query.Gone, "this gateway cannot prove a leaf of the log at size %d: ask another one", size)
	}
	e.State, e.Status, e.Index, e.Path = query.EventOrdered, uint8(info.Receipt.Status), info.Leaf, query.NewPath(path)
	return nil
}

// standing answers how far the chain of a key goes.
func standing(r Reader, q *query.StandingRequest) *query.Standing {
	c := r.Chain(q.Key)
	s := &query.Standing{
		Epoch: c.Origin.Epoch, Seal: c.Origin.Seal, Member: c.Member, Forked: c.Forked, Tips: c.Tips[:min(len(c.Tips), query.MaxTips)],
	}
	if c.Newest != nil {
		s.Seq, s.Head = c.Newest.Seq(), c.Newest.Block()
	}
	if c.Ticket != nil && !c.Member {
		s.Ticket = c.Ticket.Block()
	}
	return s
}

// consistency answers with the proof that one log begins with another.
func consistency(r Reader, q *query.ConsistencyRequest) (*query.Consistency, error) {
	if signed, ok := r.Signed(); !ok || q.To > signed.Checkpoint.Size {
		return nil, refuse(query.Gone, "no quorum has signed size %d as far as this gateway knows", q.To)
	}
	path, err := proof.ProveConsistency(r.Log(), q.From, q.To)
	if err != nil {
		return nil, refuse(query.Gone, "this gateway does not have the log between the sizes %d and %d: ask another one", q.From, q.To)
	}
	return &query.Consistency{Path: query.NewPath(path)}, nil
}
