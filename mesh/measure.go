package mesh

import (
	"context"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/protocol/ping"
)

const (
	measureEvery   = 30 * time.Second
	measureTimeout = 5 * time.Second
)

// measure pings the ready peers one after the other; libp2p smooths what it finds and keeps it in the address book.
func (m *Mesh) measure() {
	ticker := time.NewTicker(measureEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			m.pingAll(func(peer.ID) bool { return true })
		case <-m.watch.fresh:
			m.pingAll(func(id peer.ID) bool { return m.host.Peerstore().LatencyEWMA(id) == 0 })
		case <-m.ctx.Done():
			return
		}
	}
}

// pingAll pings the ready peers that are wanted.
func (m *Mesh) pingAll(wanted func(peer.ID) bool) {
	ids, _ := m.watch.list()
	for _, id := range ids {
		if wanted(id) {
			m.ping(id)
		}
	}
}

// ping takes one measure.
func (m *Mesh) ping(id peer.ID) {
	ctx, cancel := context.WithTimeout(m.ctx, measureTimeout)
	defer cancel()
	select {
	case result := <-ping.Ping(ctx, m.host, id):
		if result.Error != nil {
			m.log.Debug("peer does not answer a ping", "peer", id, "err", result.Error)
		}
	case <-ctx.Done():
	}
}
