package mesh

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

const (
	exploreFirst   = 500 * time.Millisecond // pause after a peer has come
	exploreLast    = time.Minute            // longest pause
	exploreTimeout = 20 * time.Second       // for one lookup
)

// explore looks for members that nobody told us of: it walks the DHT to random places and dials whom it meets there.
// It is what lets a network live on without its bootstrap peers. A new connection makes it look soon; when nothing
// changes it looks ever less often, once a minute in the end.
type explore struct {
	m    *Mesh
	soon chan struct{}
}

func newExplore(m *Mesh) *explore { return &explore{m: m, soon: make(chan struct{}, 1)} }

// hurry asks for a look soon.
func (e *explore) hurry() {
	select {
	case e.soon <- struct{}{}:
	default:
	}
}

func (e *explore) run() {
	pause := exploreFirst
	timer := time.NewTimer(pause)
	defer timer.Stop()
	for {
		select {
		case <-e.soon:
			pause = exploreFirst
		case <-timer.C:
			e.look()
			pause = min(2*pause, exploreLast)
		case <-e.m.ctx.Done():
			return
		}
		timer.Reset(pause)
	}
}

// look walks to one random place while more connections are wanted.
func (e *explore) look() {
	connected := e.m.connected()
	if connected == 0 || connected >= e.m.cfg.Limits.LowWater {
		return
	}
	ctx, cancel := context.WithTimeout(e.m.ctx, exploreTimeout)
	defer cancel()
	found, err := e.m.dht.GetClosestPeers(ctx, rand.Text())
	if err != nil && len(found) == 0 {
		e.m.log.Debug("looking for members found none", "err", err)
		return
	}
	for _, id := range found {
		e.m.redial.add(peer.AddrInfo{ID: id, Addrs: e.m.host.Peerstore().Addrs(id)}, false)
	}
}
