package server

import (
	"context"

	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/node/query"
)

// state answers with entries and their paths. The states are immutable, so most of this is done beside the engine.
func (s *Server) state(ctx context.Context, q *query.StateRequest) (*query.State, error) {
	state := s.kept.find(q.Size)
	if state == nil {
		if err := s.node.Read(ctx, func(r Reader) { s.signed(r) }); err != nil {
			return nil, err
		}
		state = s.kept.find(q.Size)
	}
	if state == nil {
		return nil, refuse(query.Gone, "this gateway does not keep the state of log size %d: ask it for its head first", q.Size)
	}
	return prove(state, q.Keys), nil
}

// prove proves as many of the keys as fit an answer.
func prove(state *ledger.State, keys [][]byte) *query.State {
	out, size := new(query.State), 0
	for _, key := range keys {
		e := query.Entry{}
		e.Value, e.Present = state.Get(key)
		if len(e.Value) == 0 {
			e.Value = nil // the one spelling of an empty value
		}
		way := state.Prove(key)
		e.Way = way.Encode()
		if size += len(e.Value) + len(e.Way); size > query.PageSize && len(out.Entries) > 0 {
			break
		}
		out.Entries = append(out.Entries, e)
	}
	return out
}
