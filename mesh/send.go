package mesh

import (
	"bufio"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
)

// Send queues a message for a peer that is ready and returns at once. Messages to one peer arrive in the order of the
// calls, at most once each. data must not be changed afterwards. Errors: ErrNotConnected, ErrTooLarge, ErrQueueFull,
// ErrClosed.
func (m *Mesh) Send(to string, data []byte) error {
	if len(data) > m.cfg.Limits.MaxMessage {
		return fmt.Errorf("%w: message of %d bytes to %s, %d are allowed", ErrTooLarge, len(data), to, m.cfg.Limits.MaxMessage)
	}
	if m.ctx.Err() != nil {
		return ErrClosed
	}
	return m.sender.send(to, data)
}

// sender owns the outboxes of all peers that are ready.
type sender struct {
	m      *Mesh
	budget budget

	mu    sync.Mutex
	boxes map[string]*outbox
}

// outbox is what waits for one peer. Its worker, and with it the stream, exists only while there is something to send.
type outbox struct {
	to      peer.ID
	queue   *queue[[]byte]
	ctx     context.Context
	cancel  context.CancelFunc
	working bool // guarded by sender.mu
}

func newSender(m *Mesh) *sender {
	return &sender{m: m, budget: budget{own: ownSendBytes, limit: m.cfg.Limits.SendTotalBytes}, boxes: make(map[string]*outbox)}
}

// open makes a place for a peer that became ready.
func (s *sender) open(id peer.ID) {
	ctx, cancel := context.WithCancel(s.m.ctx)
	limits := s.m.cfg.Limits
	box := &outbox{to: id, ctx: ctx, cancel: cancel, queue: newQueue[[]byte](limits.SendQueue, limits.SendQueueBytes, &s.budget)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.boxes[id.String()] = box
}

// shut drops what waits for a peer that is gone.
func (s *sender) shut(id peer.ID) {
	s.mu.Lock()
	box := s.boxes[id.String()]
	delete(s.boxes, id.String())
	s.mu.Unlock()
	if box != nil {
		box.cancel()
		s.m.counts.lost.Add(uint64(box.queue.close()))
	}
}

func (s *sender) send(to string, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	box := s.boxes[to]
	if box == nil {
		return fmt.Errorf("%w: %s", ErrNotConnected, to)
	}
	if !box.queue.push(data, len(data)) {
		return fmt.Errorf("%w: %s", ErrQueueFull, to)
	}
	if !box.working {
		if !s.m.spawn(func() { s.work(box) }) {
			return ErrClosed
		}
		box.working = true
	}
	return nil
}

// retire ends the worker unless something was pushed in the meantime.
func (s *sender) retire(box *outbox) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if box.ctx.Err() == nil && !box.queue.empty() {
		return false
	}
	box.working = false
	return true
}

// work writes the queue to one stream after the other until it is idle or the peer is gone.
func (s *sender) work(box *outbox) {
	for {
		first, ok := box.queue.pop(box.ctx, s.m.cfg.Limits.StreamIdle)
		if !ok {
			if s.retire(box) {
				return
			}
			continue
		}
		s.stream(box, first)
	}
}

// stream opens a stream and writes to it until it fails or is idle. What was written and perhaps not delivered when it
// fails is lost; what is still queued goes to the next one.
func (s *sender) stream(box *outbox, first []byte) {
	ctx, cancel := context.WithTimeout(network.WithNoDial(box.ctx, "messages need a ready peer"), s.m.cfg.Limits.StreamStall)
	defer cancel()
	out, err := s.m.host.NewStream(ctx, box.to, s.m.names.message())
	if err != nil {
		s.m.counts.lost.Add(1)
		s.m.log.Debug("cannot open message stream", "peer", box.to, "err", err)
		return
	}
	release := context.AfterFunc(box.ctx, func() { _ = out.Reset() })
	defer release()
	if err := s.write(box, out, first); err != nil {
		_ = out.Reset()
		s.m.log.Debug("message stream broke", "peer", box.to, "err", err)
		return
	}
	_ = out.Close()
}

// write writes first and all that follows, flushing whenever nothing waits. It returns nil when idle.
func (s *sender) write(box *outbox, out network.Stream, first []byte) (err error) {
	buffer := bufio.NewWriterSize(out, 32<<10)
	unflushed, data := 0, first
	defer func() {
		if err != nil {
			s.m.counts.lost.Add(uint64(unflushed))
		}
	}()
	for {
		unflushed++
		if err = out.SetWriteDeadline(time.Now().Add(s.m.cfg.Limits.StreamStall)); err != nil {
			return err
		}
		if err = writeFrame(buffer, data); err != nil {
			return err
		}
		s.m.counts.sentBytes.Add(uint64(len(data)))
		next, more := box.queue.tryPop()
		if !more {
			if err = buffer.Flush(); err != nil {
				return err
			}
			s.m.counts.sent.Add(uint64(unflushed))
			unflushed = 0
			if next, more = box.queue.pop(box.ctx, s.m.cfg.Limits.StreamIdle); !more {
				return nil
			}
		}
		data = next
	}
}
