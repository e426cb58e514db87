package server

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// askedPerSecond and askedAtOnce bound the requests of all peers together.
	askedPerSecond, askedAtOnce = 400, 800
	// peerAskedPerSecond and peerAskedAtOnce bound those of one. A light gateway at work makes a few a second.
	peerAskedPerSecond, peerAskedAtOnce = 20, 80
	// maxPeers bounds of how many peers the rate is known.
	maxPeers = 1024
)

// quota limits how often peers ask.
type quota struct {
	mu    sync.Mutex
	all   *rate.Limiter
	peers map[string]*rate.Limiter
}

func newQuota() *quota {
	return &quota{all: rate.NewLimiter(askedPerSecond, askedAtOnce), peers: map[string]*rate.Limiter{}}
}

// allows counts a request. A peer that asks too often does not use up what all have together. When there are too many peers all are
// forgotten: the bound for all together still holds.
func (q *quota) allows(from string, now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	peer := q.peers[from]
	if peer == nil {
		if len(q.peers) >= maxPeers {
			clear(q.peers)
		}
		peer = rate.NewLimiter(peerAskedPerSecond, peerAskedAtOnce)
		q.peers[from] = peer
	}
	return peer.AllowN(now, 1) && q.all.AllowN(now, 1)
}
