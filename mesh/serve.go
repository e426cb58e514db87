package mesh

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
)

// RequestHandler answers one request. An error is told to the peer by its text, cut to 1,024 bytes. The context ends
// with ServeLimits.Timeout and with the mesh.
type RequestHandler func(ctx context.Context, from string, request []byte) ([]byte, error)

// ServeLimits bound one served protocol. The zero value of each field stands for its default.
type ServeLimits struct {
	// MaxRequest bounds a request in bytes. Default 64 KiB.
	MaxRequest int
	// MaxResponse bounds a response in bytes; a larger one is refused. Default 8 MiB.
	MaxResponse int
	// Concurrent and PerPeer bound the requests that are answered at once. Default 16 and 4.
	Concurrent, PerPeer int
	// Timeout bounds the handler, and then the writing. Default 30 s.
	Timeout time.Duration
	// Strangers opens the protocol to peers that are not admitted. Default: members only.
	Strangers bool
}

// Serve answers the requests that peers make under the protocol's name. It must be called before Start.
func (m *Mesh) Serve(protocol string, handler RequestHandler, limits ServeLimits) error {
	if !isName(protocol) || handler == nil {
		return fmt.Errorf("%w: protocol %q is unfit or has no handler", ErrConfig, protocol)
	}
	setDefault(&limits.MaxRequest, 64<<10)
	setDefault(&limits.MaxResponse, 8<<20)
	setDefault(&limits.Concurrent, 16)
	setDefault(&limits.PerPeer, 4)
	setDefault(&limits.Timeout, 30*time.Second)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.settable(); err != nil {
		return err
	}
	s := &service{m: m, handler: handler, limits: limits, active: make(map[peer.ID]int)}
	if limits.Strangers {
		m.host.Host.SetStreamHandler(m.names.request(protocol), s.accept)
		return nil
	}
	m.host.SetStreamHandler(m.names.request(protocol), s.accept)
	return nil
}

// service answers the requests of one protocol.
type service struct {
	m       *Mesh
	handler RequestHandler
	limits  ServeLimits

	mu     sync.Mutex
	total  int
	active map[peer.ID]int
}

// enter counts a request in, unless there are too many.
func (s *service) enter(from peer.ID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.total >= s.limits.Concurrent || s.active[from] >= s.limits.PerPeer {
		return false
	}
	s.total++
	s.active[from]++
	return true
}

func (s *service) exit(from peer.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total--
	if s.active[from]--; s.active[from] == 0 {
		delete(s.active, from)
	}
}

func (s *service) accept(stream network.Stream) {
	if !s.m.begin() {
		_ = stream.Reset()
		return
	}
	defer s.m.wg.Done()
	ctx, cancel := context.WithTimeout(s.m.ctx, s.limits.Timeout)
	defer cancel()
	from := stream.Conn().RemotePeer()
	if !s.enter(from) {
		s.m.counts.busy.Add(1)
		s.finish(stream, statusBusy, nil)
		return
	}
	defer s.exit(from)
	defer context.AfterFunc(s.m.ctx, func() { _ = stream.Reset() })()
	request, err := readRequest(stream, s.limits.Timeout, s.limits.MaxRequest)
	switch {
	case errors.Is(err, ErrTooLarge):
		s.finish(stream, statusRefused, []byte(err.Error()))
	case err != nil:
		s.m.counts.broken.Add(1)
		_ = stream.Reset()
	default:
		s.answer(ctx, stream, from.String(), request)
	}
}

// answer calls the handler and writes what it says.
func (s *service) answer(ctx context.Context, stream network.Stream, from string, request []byte) {
	answer, err := s.handler(ctx, from, request)
	if err == nil && len(answer) > s.limits.MaxResponse {
		err = fmt.Errorf("%w: response of %d bytes", ErrTooLarge, len(answer))
	}
	if err != nil {
		text := []byte(err.Error())
		s.finish(stream, statusRefused, text[:min(len(text), maxRefusal)])
		return
	}
	s.finish(stream, statusDone, answer)
	s.m.counts.served.Add(1)
}

func (s *service) finish(stream network.Stream, status byte, body []byte) {
	if err := respond(stream, s.limits.Timeout, status, body); err != nil {
		_ = stream.Reset()
	}
}
