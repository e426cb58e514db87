package mesh

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
)

const (
	maxCandidates = 1024             // peers that are tried at all
	maxDials      = 4                // at the same time: some home routers do not survive more
	maxAttempts   = 10               // in a row, before a peer that never was ready is forgotten
	dialTimeout   = 15 * time.Second // for all addresses of a peer
)

// redial keeps the connections that are wanted: static peers always, others while there are fewer connections than
// LowWater. Each failure makes the pause before the next attempt longer, with jitter so that a network which lost its
// power does not come back in step.
type redial struct {
	m    *Mesh
	wake chan struct{}

	mu         sync.Mutex
	candidates map[peer.ID]*candidate
	dialing    int
}

// candidate is a peer that may be dialed.
type candidate struct {
	info     peer.AddrInfo
	static   bool
	attempts int // failed since it was last connected
	next     time.Time
	busy     bool
}

func newRedial(m *Mesh) *redial {
	return &redial{m: m, wake: make(chan struct{}, 1), candidates: make(map[peer.ID]*candidate)}
}

// add makes the peer one that is dialed. Addresses of a known one replace those that did not work.
func (r *redial) add(info peer.AddrInfo, static bool) {
	if info.ID == r.m.host.ID() || len(info.Addrs) == 0 || !r.m.gate.admits(info.ID) {
		return
	}
	r.mu.Lock()
	c := r.candidates[info.ID]
	switch {
	case c == nil && (static || len(r.candidates) < maxCandidates):
		r.candidates[info.ID] = &candidate{info: info, static: static}
	case c != nil && !c.static && c.attempts > 0:
		c.info.Addrs = info.Addrs
	}
	r.mu.Unlock()
	r.kick()
}

func (r *redial) kick() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// connected notes success, however the connection came about.
func (r *redial) connected(id peer.ID) {
	r.mu.Lock()
	if c := r.candidates[id]; c != nil {
		c.attempts = 0
	}
	r.mu.Unlock()
	r.m.explore.hurry()
}

// disconnected plans to have the peer back.
func (r *redial) disconnected(id peer.ID) {
	r.add(peer.AddrInfo{ID: id, Addrs: r.m.host.Peerstore().Addrs(id)}, false)
	r.mu.Lock()
	if c := r.candidates[id]; c != nil {
		c.next = time.Now().Add(r.pause(c.attempts))
	}
	r.mu.Unlock()
	r.kick()
}

// pause is RedialMin doubled with every failure up to RedialMax, give or take a quarter.
func (r *redial) pause(failures int) time.Duration {
	pause := r.m.cfg.RedialMax
	if failures < 30 {
		pause = min(pause, r.m.cfg.RedialMin<<failures)
	}
	return pause*3/4 + time.Duration(rand.Int64N(int64(pause/2)+1)) //nolint:gosec // spreads the dials of many nodes; nothing is secret in it
}

// run dials whoever is due until the mesh closes.
func (r *redial) run() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-r.wake:
		case <-r.m.ctx.Done():
			return
		}
		timer.Reset(r.dialDue(time.Now()))
	}
}

// dialDue starts the dials that are due and returns when to look again.
func (r *redial) dialDue(now time.Time) time.Duration {
	wanted := r.m.connected() < r.m.cfg.Limits.LowWater
	r.mu.Lock()
	defer r.mu.Unlock()
	wait := r.m.cfg.RedialMax
	for id, c := range r.candidates {
		if c.busy || (!c.static && !wanted) || r.m.host.Network().Connectedness(id) == network.Connected {
			continue
		}
		if due := c.next.Sub(now); due > 0 {
			wait = min(wait, due)
			continue
		}
		if r.dialing < maxDials && r.m.spawn(func() { r.attempt(c) }) {
			c.busy = true
			r.dialing++
		}
	}
	return wait
}

// attempt dials one candidate and plans what comes after.
func (r *redial) attempt(c *candidate) {
	r.mu.Lock()
	info := c.info
	r.mu.Unlock()
	err := r.dial(info)
	r.mu.Lock()
	c.busy = false
	r.dialing--
	if err != nil {
		c.attempts++
		c.next = time.Now().Add(r.pause(c.attempts))
		if !c.static && c.attempts >= maxAttempts && !r.m.isRemembered(info.ID) {
			delete(r.candidates, info.ID)
		}
	}
	r.mu.Unlock()
	r.report(info.ID, c, err)
	r.kick()
}

// report logs static peers that cannot be reached the first time, and from then on for debugging only.
func (r *redial) report(id peer.ID, c *candidate, err error) {
	switch {
	case err == nil || r.m.ctx.Err() != nil:
	case c.static && c.attempts == 1:
		r.m.log.Warn("cannot reach configured peer; trying again for ever, ever more slowly", "peer", id, "err", err)
	default:
		r.m.log.Debug("cannot reach peer", "peer", id, "err", err)
	}
}

// dial connects to the peer now, whatever the swarm remembers of earlier failures.
func (r *redial) dial(info peer.AddrInfo) error {
	if s, ok := r.m.host.Network().(*swarm.Swarm); ok {
		s.Backoff().Clear(info.ID)
	}
	r.m.host.Peerstore().AddAddrs(info.ID, info.Addrs, peerstore.TempAddrTTL)
	ctx, cancel := context.WithTimeout(r.m.ctx, dialTimeout)
	defer cancel()
	if err := r.m.host.Connect(ctx, info); err != nil {
		return fmt.Errorf("mesh: dialing %s: %w", info.ID, err)
	}
	return nil
}
