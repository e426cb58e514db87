package catchup

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// perSecond and atOnce bound what one peer may ask for, in chunks.
	perSecond, atOnce = 256, 1024
	// headCosts is what a head counts as: a chain may be as long as a chunk, and is checked before it is given away.
	headCosts = 128
	// maxPeers bounds of how many peers it is counted.
	maxPeers = 1024
)

// quota limits how much every peer asks for.
type quota struct {
	mu    sync.Mutex
	peers map[string]*rate.Limiter
}

// newQuota returns a quota that nobody has used.
func newQuota() *quota { return &quota{peers: map[string]*rate.Limiter{}} }

// allows counts a request. Too many peers at once are all forgotten: how many requests are answered at the same time is bounded still.
func (q *quota) allows(from string, now time.Time, cost int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	peer := q.peers[from]
	if peer == nil {
		if len(q.peers) >= maxPeers {
			clear(q.peers)
		}
		peer = rate.NewLimiter(perSecond, atOnce)
		q.peers[from] = peer
	}
	return peer.AllowN(now, cost)
}
