package catchup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/dag/snapshot"
	"github.com/ledgerofthings/lot/mesh"
	"github.com/ledgerofthings/lot/node/engine"
)

// Source is the gateway as a Server needs it.
type Source interface {
	// Snapshot returns what the current epoch began with. The error wraps engine.ErrNoSnapshot if there is nothing yet.
	Snapshot(ctx context.Context) (*engine.Snapshot, error)
	// CertificatesSince returns the certificates that lead from the end of an epoch, its own among them, to that of the newest one.
	// The error wraps engine.ErrNotFound if that epoch's certificate is not kept.
	CertificatesSince(ctx context.Context, epoch uint64) (proof.Chain, error)
}

// freshFor is for how long what the source said last counts as the newest. So however many ask, it is asked once a second.
const freshFor = time.Second

// ServerConfig says for whom a Server answers.
type ServerConfig struct {
	Genesis proof.Committee // of the network's first epoch
	Source  Source
	Logger  *slog.Logger // default: none
}

// Server gives the state with which the current epoch began to peers that are behind. Its methods may be called from any goroutine.
type Server struct {
	ServerConfig
	quota *quota
	shelf shelf

	asking chan struct{} // held while the source is asked and latest is looked at
	latest latest
}

// latest is what the source said last.
type latest struct {
	at   time.Time
	seal proof.Hash
	err  error
}

// NewServer returns a server; mesh.Mesh.Serve takes its Answer and Limits. Whoever gets one closes it once the mesh is closed.
func NewServer(c ServerConfig) *Server {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Server{ServerConfig: c, quota: newQuota(), asking: make(chan struct{}, 1)}
}

// Limits are those under which the mesh has to serve Protocol.
func Limits() mesh.ServeLimits {
	return mesh.ServeLimits{MaxRequest: MaxRequest, MaxResponse: MaxResponse, Concurrent: 8, PerPeer: perPeer, Timeout: time.Minute}
}

// Close lets go of the states that are kept for peers.
func (s *Server) Close() { s.shelf.clear() }

// errUnavailable is all that a peer is told of a fault of this gateway.
var errUnavailable = errors.New("no snapshot can be given at present")

// Answer is a mesh.RequestHandler. from is the peer id of who asks, which the connection has proven.
func (s *Server) Answer(ctx context.Context, from string, message []byte) ([]byte, error) {
	r, err := requestCodec.Decode(message)
	if err != nil {
		return nil, err
	}
	cost, answer := 1, s.chunk
	if r.Ask == askHead {
		cost, answer = headCosts, s.head
	}
	if !s.quota.allows(from, time.Now(), cost) {
		return responseCodec.Encode(response{Answer: answerBusy})
	}
	b, err := answer(ctx, r)
	if err != nil {
		s.Logger.WarnContext(ctx, "cannot give a snapshot", "peer", from, "error", err)
		return nil, errUnavailable
	}
	return b, nil
}

// head answers with the chain to the newest seal.
func (s *Server) head(ctx context.Context, r request) ([]byte, error) {
	k, err := s.newest(ctx)
	switch {
	case errors.Is(err, engine.ErrNoSnapshot):
		return responseCodec.Encode(response{Answer: answerNone})
	case err != nil:
		return nil, err
	}
	start := startOf(r, s.Genesis)
	if b := k.known(start.Pin); b != nil {
		return b, nil
	}
	var chain proof.Chain
	if r.Epoch != 0 {
		if chain, err = s.Source.CertificatesSince(ctx, r.Epoch); err != nil && !errors.Is(err, engine.ErrNotFound) {
			return nil, err
		}
	}
	return k.head(start, chain)
}

// chunk answers with a part of the state after a seal.
func (s *Server) chunk(ctx context.Context, r request) ([]byte, error) {
	k := s.shelf.find(proof.Hash(r.Seal))
	if k == nil {
		var err error
		if k, err = s.newest(ctx); err != nil && !errors.Is(err, engine.ErrNoSnapshot) {
			return nil, err
		}
	}
	if k == nil || k.seal != proof.Hash(r.Seal) {
		return responseCodec.Encode(response{Answer: answerGone})
	}
	chunk, err := snapshot.Cut(k.snapshot.State, int(r.Bits), int(r.Part))
	switch {
	case errors.Is(err, snapshot.ErrTooLarge):
		return responseCodec.Encode(response{Answer: answerSplit})
	case err != nil:
		return nil, err
	}
	return responseCodec.Encode(response{Answer: answerChunk, Chunk: chunk})
}

// newest returns what the current epoch began with.
func (s *Server) newest(ctx context.Context) (*kept, error) {
	select {
	case s.asking <- struct{}{}:
		defer func() { <-s.asking }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	l := &s.latest
	if now := time.Now(); l.at.IsZero() || now.Sub(l.at) >= freshFor {
		snap, err := s.Source.Snapshot(ctx)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx) // it says nothing about the source
		}
		*l = latest{at: now, err: err}
		if err == nil {
			k := s.shelf.put(snap)
			l.seal = k.seal
			return k, nil
		}
	}
	if l.err != nil {
		return nil, l.err
	}
	if k := s.shelf.find(l.seal); k != nil {
		return k, nil
	}
	return nil, fmt.Errorf("the state after seal %s was let go within a second", l.seal)
}
