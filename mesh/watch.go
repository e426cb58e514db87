package mesh

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/host/eventbus"
)

// PeerEvent tells that a peer became ready, or is no longer. Ready means connected, identified, and taking messages of
// this network: Send to it is possible. Events of one peer alternate.
type PeerEvent struct {
	// Peer is the peer's id.
	Peer string
	// Ready is false when the peer is gone.
	Ready bool
}

// OnPeer sets who is told about peers that come and go. The events come one at a time and in order; what takes long
// must be done elsewhere, for meanwhile no other peer becomes ready. It must be called before Start.
func (m *Mesh) OnPeer(notify func(PeerEvent)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.settable(); err != nil {
		return err
	}
	m.notify = notify
	return nil
}

// watch follows libp2p's events and keeps the list of peers that are ready.
type watch struct {
	m      *Mesh
	events event.Subscription
	fresh  chan struct{} // holds a token after a peer became ready

	mu      sync.Mutex
	ready   map[peer.ID]time.Time // since when
	waiting map[peer.ID][]chan struct{}
}

// newWatch subscribes before the host listens, so that no event is missed.
func newWatch(m *Mesh) (*watch, error) {
	events, err := m.host.EventBus().Subscribe([]any{
		new(event.EvtPeerConnectednessChanged), new(event.EvtPeerIdentificationCompleted), new(event.EvtPeerProtocolsUpdated),
	}, eventbus.BufSize(256), eventbus.Name("lot"))
	if err != nil {
		return nil, fmt.Errorf("mesh: subscribing to peer events: %w", err)
	}
	return &watch{
		m: m, events: events, fresh: make(chan struct{}, 1),
		ready: make(map[peer.ID]time.Time), waiting: make(map[peer.ID][]chan struct{}),
	}, nil
}

// run handles events until the mesh closes.
func (w *watch) run() {
	for {
		select {
		case e := <-w.events.Out():
			w.handle(e)
		case <-w.m.ctx.Done():
			return
		}
	}
}

func (w *watch) handle(e any) {
	switch e := e.(type) {
	case event.EvtPeerIdentificationCompleted:
		if !w.m.gate.admits(e.Peer) {
			return
		}
		w.m.redial.connected(e.Peer)
		w.consider(e.Peer, e.Protocols)
	case event.EvtPeerProtocolsUpdated:
		w.consider(e.Peer, e.Added)
	case event.EvtPeerConnectednessChanged:
		if e.Connectedness != network.Connected {
			w.leave(e.Peer)
			w.m.redial.disconnected(e.Peer)
		}
	}
}

// consider makes a peer ready if it is connected and speaks our protocol.
func (w *watch) consider(id peer.ID, protocols []protocol.ID) {
	if !w.m.gate.admits(id) || w.m.host.Network().Connectedness(id) != network.Connected || !slices.Contains(protocols, w.m.names.message()) {
		return
	}
	w.mu.Lock()
	_, known := w.ready[id]
	w.mu.Unlock()
	if known || w.m.cfg.BootstrapOnly {
		return
	}
	w.m.sender.open(id)
	w.m.remember(id)
	if w.m.notify != nil {
		w.m.notify(PeerEvent{Peer: id.String(), Ready: true})
	}
	select {
	case w.fresh <- struct{}{}:
	default:
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ready[id] = time.Now()
	for _, waiter := range w.waiting[id] {
		close(waiter)
	}
	delete(w.waiting, id)
}

func (w *watch) leave(id peer.ID) {
	w.mu.Lock()
	_, known := w.ready[id]
	delete(w.ready, id)
	w.mu.Unlock()
	w.m.flow.forget(id)
	if !known {
		return
	}
	w.m.sender.shut(id)
	w.m.receiver.forget(id)
	if w.m.notify != nil {
		w.m.notify(PeerEvent{Peer: id.String()})
	}
}

// await waits until the owner has been told that the peer is ready, so that no message comes before that.
func (w *watch) await(ctx context.Context, id peer.ID, atMost time.Duration) bool {
	w.mu.Lock()
	if _, ok := w.ready[id]; ok {
		w.mu.Unlock()
		return true
	}
	told := make(chan struct{})
	w.waiting[id] = append(w.waiting[id], told)
	w.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	select {
	case <-told:
		return true
	case <-ctx.Done():
		w.unwait(id, told)
		return false
	}
}

func (w *watch) unwait(id peer.ID, told chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting[id] = slices.DeleteFunc(w.waiting[id], func(c chan struct{}) bool { return c == told })
	if len(w.waiting[id]) == 0 {
		delete(w.waiting, id)
	}
}

func (w *watch) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.ready)
}

// list returns the ready peers in the order of their ids, with the time since when they are.
func (w *watch) list() ([]peer.ID, map[peer.ID]time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	since := make(map[peer.ID]time.Time, len(w.ready))
	ids := make([]peer.ID, 0, len(w.ready))
	for id, at := range w.ready {
		ids = append(ids, id)
		since[id] = at
	}
	slices.Sort(ids)
	return ids, since
}
