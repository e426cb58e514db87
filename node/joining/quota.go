package joining

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// askedPerSecond and askedAtOnce bound the requests of all newcomers together.
	askedPerSecond, askedAtOnce = 8, 32
	// peerAskedPerSecond and peerAskedAtOnce bound those of one: joining takes two.
	peerAskedPerSecond, peerAskedAtOnce = 0.5, 8
	// maxPeers bounds of how many peers the rate is known.
	maxPeers = 256
)

// quota limits how often newcomers ask.
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
