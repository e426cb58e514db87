package mesh

import (
	"context"
	"fmt"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/metrics"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

// membersHost is the host as gossip, DHT, messages and pings have it: no stream from a stranger reaches them and they open none to
// one, although a stranger may be connected. Protocols that strangers may use are served by the host inside it.
type membersHost struct {
	host.Host
	gate *gater
}

// SetStreamHandler implements host.Host.
func (h *membersHost) SetStreamHandler(id protocol.ID, handler network.StreamHandler) {
	h.Host.SetStreamHandler(id, h.guard(handler))
}

// SetStreamHandlerMatch implements host.Host.
func (h *membersHost) SetStreamHandlerMatch(id protocol.ID, match func(protocol.ID) bool, handler network.StreamHandler) {
	h.Host.SetStreamHandlerMatch(id, match, h.guard(handler))
}

// guard resets streams of strangers.
func (h *membersHost) guard(handler network.StreamHandler) network.StreamHandler {
	return func(stream network.Stream) {
		if !h.gate.admits(stream.Conn().RemotePeer()) {
			h.gate.refused.Add(1)
			_ = stream.Reset()
			return
		}
		handler(stream)
	}
}

// NewStream implements host.Host.
func (h *membersHost) NewStream(ctx context.Context, id peer.ID, protocols ...protocol.ID) (network.Stream, error) {
	if !h.gate.admits(id) {
		return nil, fmt.Errorf("%w: %s", ErrNotAdmitted, id)
	}
	return h.Host.NewStream(ctx, id, protocols...)
}

// membersReporter counts the traffic of each member, and of strangers only the sum: anybody can make any number of peer ids.
type membersReporter struct {
	metrics.Reporter
	gate *gater
}

// LogSentMessageStream implements metrics.Reporter.
func (r membersReporter) LogSentMessageStream(size int64, id protocol.ID, to peer.ID) {
	if r.gate.admits(to) {
		r.Reporter.LogSentMessageStream(size, id, to)
	}
}

// LogRecvMessageStream implements metrics.Reporter.
func (r membersReporter) LogRecvMessageStream(size int64, id protocol.ID, from peer.ID) {
	if r.gate.admits(from) {
		r.Reporter.LogRecvMessageStream(size, id, from)
	}
}

// connected returns to how many members there is a connection.
func (m *Mesh) connected() int { return len(m.host.Network().Peers()) - m.gate.strangers.count() }
