package server

import (
	"context"
	"errors"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/query"
)

// submit takes events in, one after the other. What is no event of this network ends it: an honest peer sends none.
func (s *Server) submit(ctx context.Context, from string, q *query.SubmitRequest) (*query.Submitted, error) {
	out := &query.Submitted{Events: make([]query.Taken, len(q.Blocks))}
	for i, block := range q.Blocks {
		v, err := s.verify(block)
		if err != nil {
			return nil, err
		}
		if out.Events[i], err = s.take(ctx, from, v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// verify checks all of an event that can be checked without the graph.
func (s *Server) verify(block []byte) (dag.Verified, error) {
	e, err := dag.Decode(block)
	if err != nil {
		return dag.Verified{}, refuse(query.Malformed, "%v", err)
	}
	if e.Network() != s.network {
		return dag.Verified{}, refuse(query.Malformed, "the event belongs to network %s, this gateway to %s", e.Network(), s.network)
	}
	v, err := dag.Verify(e)
	if err != nil {
		return dag.Verified{}, refuse(query.Malformed, "%v", err)
	}
	return v, nil
}

// take hands an event to the engine, unless it is there.
func (s *Server) take(ctx context.Context, from string, v dag.Verified) (t query.Taken, err error) {
	if t.Attached, err = s.knows(ctx, v.ID()); t.Attached || err != nil {
		return t, err
	}
	if err := s.node.Submit(ctx, from, v); err != nil {
		t.Why = query.Shorten(err.Error())
		return t, nil
	}
	if t.Attached, err = s.knows(ctx, v.ID()); err == nil && !t.Attached {
		t.Why = "it is not in the graph: what it rests on is not here yet, its epoch is another one, or it breaks a rule of the graph"
	}
	return t, err
}

// knows reports whether an event is here.
func (s *Server) knows(ctx context.Context, id dag.ID) (known bool, err error) {
	err = s.read(ctx, func(r Reader) error {
		_, err := r.Event(id)
		known = err == nil
		if errors.Is(err, engine.ErrNotFound) {
			return nil
		}
		return err
	})
	return known, err
}
