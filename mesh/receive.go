package mesh

import (
	"bufio"
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/time/rate"
)

// Handler takes one message of a peer. It is called for one message of a peer at a time, and for different peers at the
// same time. While it does not return, nothing more is read from that peer, so that a slow handler slows the sender and
// fills no memory here. It may keep data.
type Handler func(from string, data []byte)

// Handle sets who takes the messages that peers Send to us. It must be called before Start.
func (m *Mesh) Handle(handler Handler) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.settable(); err != nil {
		return err
	}
	m.handler = handler
	return nil
}

// receiver reads message streams, one at a time for each peer.
type receiver struct {
	m *Mesh

	mu     sync.Mutex
	inlets map[peer.ID]*inlet
	rates  map[peer.ID]*rate.Limiter // outlive the streams, so that a new stream brings no new burst
}

// inlet is the stream that is read from one peer.
type inlet struct {
	stream network.Stream
	before *inlet        // the one it took over from, or nil
	done   chan struct{} // closed when its last message has been handled
	rate   *rate.Limiter
}

func newReceiver(m *Mesh) *receiver {
	return &receiver{m: m, inlets: make(map[peer.ID]*inlet), rates: make(map[peer.ID]*rate.Limiter)}
}

// forget lets go of what is kept for a peer that is gone.
func (r *receiver) forget(id peer.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.rates, id)
}

// limiter returns the peer's rate limiter; the caller holds mu.
func (r *receiver) limiter(id peer.ID) *rate.Limiter {
	if r.rates[id] == nil {
		perSecond := r.m.cfg.Limits.ReceiveBytesPerSecond
		r.rates[id] = rate.NewLimiter(rate.Limit(perSecond), max(perSecond/2, r.m.cfg.Limits.MaxMessage))
	}
	return r.rates[id]
}

// accept is libp2p's handler for message streams. A newer stream takes over from an older one, which its peer has
// given up; the resource manager bounds how many may wait for that.
func (r *receiver) accept(stream network.Stream) {
	if !r.m.begin() {
		_ = stream.Reset()
		return
	}
	defer r.m.wg.Done()
	release := context.AfterFunc(r.m.ctx, func() { _ = stream.Reset() })
	defer release()
	from := stream.Conn().RemotePeer()
	if !r.m.watch.await(r.m.ctx, from, r.m.cfg.Limits.StreamStall) {
		_ = stream.Reset()
		return
	}
	own := r.replace(from, stream)
	defer r.leave(from, own)
	err := r.read(from.String(), own)
	if err == nil {
		_ = stream.Close()
		return
	}
	_ = stream.Reset()
	if errors.Is(err, errFrame) {
		r.m.counts.broken.Add(1)
		r.m.log.Warn("message stream of a peer cut off", "peer", from, "err", err)
	}
}

// replace makes the stream the one that is read from the peer, after the one before it has ended.
func (r *receiver) replace(from peer.ID, stream network.Stream) *inlet {
	own := &inlet{stream: stream, done: make(chan struct{})}
	r.mu.Lock()
	own.rate = r.limiter(from)
	own.before = r.inlets[from]
	r.inlets[from] = own
	r.mu.Unlock()
	if own.before != nil {
		_ = own.before.stream.CloseRead()
		_ = own.before.stream.SetReadDeadline(time.Now())
		<-own.before.done
		r.mu.Lock()
		own.before = nil // else every stream there ever was would stay in memory
		r.mu.Unlock()
	}
	return own
}

func (r *receiver) leave(from peer.ID, own *inlet) {
	close(own.done)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.inlets[from] == own {
		delete(r.inlets, from)
	}
}

// read hands over message after message. It returns nil at a clean end.
func (r *receiver) read(from string, own *inlet) error {
	limits := r.m.cfg.Limits
	buffer := bufio.NewReaderSize(own.stream, 16<<10)
	begun := func(size int) error {
		if err := own.rate.WaitN(r.m.ctx, size); err != nil {
			return err
		}
		return own.stream.SetReadDeadline(time.Now().Add(limits.StreamStall))
	}
	for {
		// Twice what an idle sender waits before it closes the stream itself.
		if err := own.stream.SetReadDeadline(time.Now().Add(2 * limits.StreamIdle)); err != nil {
			return err
		}
		data, err := readFrame(buffer, limits.MaxMessage, begun)
		if errors.Is(err, io.EOF) && !errors.Is(err, errFrame) {
			return nil
		}
		if err != nil {
			return err
		}
		r.m.counts.received.Add(1)
		r.m.counts.receivedBytes.Add(uint64(len(data)))
		r.m.handler(from, data)
	}
}
