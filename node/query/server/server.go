package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/mesh"
	"github.com/ledgerofthings/lot/node/query"
)

// Server answers light gateways. Its methods may be called from any goroutine.
type Server struct {
	network dag.NetworkID
	node    Node
	now     func() time.Time
	log     *slog.Logger
	quota   *quota
	kept    kept
}

// New returns a server for a gateway of a network; mesh.Mesh.Serve takes its Answer and Limits. A nil log discards.
func New(network dag.NetworkID, node Node, now func() time.Time, log *slog.Logger) *Server {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Server{network: network, node: node, now: now, log: log, quota: newQuota()}
}

// Limits are those under which the mesh has to serve query.Protocol.
func Limits() mesh.ServeLimits {
	return mesh.ServeLimits{MaxRequest: query.MaxRequest, MaxResponse: query.MaxAnswer, Concurrent: 32, PerPeer: 4, Timeout: 10 * time.Second}
}

// Answer is a mesh.RequestHandler. from is the peer id of who asks, which the connection has proven.
func (s *Server) Answer(ctx context.Context, from string, message []byte) ([]byte, error) {
	a, err := s.answer(ctx, from, message)
	var refusal *query.Refusal
	switch {
	case errors.As(err, &refusal):
		a = query.Answer{Refusal: refusal}
	case err != nil:
		s.log.WarnContext(ctx, "cannot answer a light gateway", "peer", from, "error", err)
		a = query.Answer{Refusal: refuse(query.Unavailable, "this gateway cannot answer at present: ask another one")}
	}
	return a.Encode()
}

func (s *Server) answer(ctx context.Context, from string, message []byte) (a query.Answer, err error) {
	if !s.quota.allows(from, s.now()) {
		return a, refuse(query.Busy, "too many requests: ask again in a second, or another gateway")
	}
	r, err := query.DecodeRequest(message)
	if err != nil {
		return a, refuse(query.Malformed, "%v; do both run the same version of lot?", err)
	}
	switch {
	case r.Head != nil:
		err = s.read(ctx, func(n Reader) error { a.Head, err = s.head(n, r.Head); return err })
	case r.State != nil:
		a.State, err = s.state(ctx, r.State)
	case r.Events != nil:
		err = s.read(ctx, func(n Reader) error { a.Events, err = events(n, r.Events); return err })
	case r.Standing != nil:
		err = s.read(ctx, func(n Reader) error { a.Standing = standing(n, r.Standing); return nil })
	case r.Submit != nil:
		a.Submitted, err = s.submit(ctx, from, r.Submit)
	default:
		err = s.read(ctx, func(n Reader) error { a.Consistency, err = consistency(n, r.Consistency); return err })
	}
	return a, err
}

// read calls f with the engine.
func (s *Server) read(ctx context.Context, f func(Reader) error) error {
	var failed error
	if err := s.node.Read(ctx, func(r Reader) { failed = f(r) }); err != nil {
		return err
	}
	return failed
}

// signed returns the newest checkpoint, and keeps its state for those to whom it is shown.
func (s *Server) signed(r Reader) (Signed, bool) {
	signed, ok := r.Signed()
	if ok {
		s.kept.put(signed)
	}
	return signed, ok
}

func refuse(reason query.Reason, format string, args ...any) *query.Refusal {
	return &query.Refusal{Reason: reason, Detail: query.Shorten(fmt.Sprintf(format, args...))}
}
