package mesh

import (
	"math"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

const (
	// forwardWindow is how long after the first copy of a message another counts as forwarded.
	forwardWindow = 2 * time.Second
	// forwardMemory is over how many messages a peer's share is smoothed.
	forwardMemory = 128
	// forwardFair is the share below which a peer loses score. Honest peers that are farther from the source than we
	// send us a small part of what they could, because they get it from us first; a peer that keeps everything to
	// itself sends nothing.
	forwardFair = 0.05
	// forwardPenalty is what it loses at a share of zero.
	forwardPenalty = 40
	// forwardForgive halves the distance to a full share, so that who was put out of the mesh may prove itself again.
	forwardForgive = 10 * time.Minute
	// maxPending bounds the messages that are followed at once; at a higher rate the others are not counted.
	maxPending = 4096
	// maxShares bounds the peers whose share is kept.
	maxShares = 1024
)

// forwarding measures which mesh peers forward. A message that some peer gave us first is an opportunity for all other
// mesh peers, and the smoothed share of opportunities that a peer used by sending a copy is what counts. Thus
//
//   - in silence there is no opportunity and nobody loses;
//   - what a peer is first with is no opportunity of its own, so its own messages do not make good for those of others
//     that it keeps back (the weakness of CVE-2022-47547);
//   - our own messages are nobody's opportunity.
//
// Sending back to us what we have just sent counts as forwarding too: that costs a cheat as much as being honest.
type forwarding struct {
	now   func() time.Time
	grace time.Duration // in the mesh before a peer is judged

	mu      sync.Mutex
	mesh    map[string]map[peer.ID]time.Time // topic -> peer -> since
	pending map[string]*opportunity          // by message id
	order   []string                         // ids in pending, oldest first, with some that are no longer
	shares  map[peer.ID]share
}

// opportunity is a message within its window.
type opportunity struct {
	begun  time.Time
	topic  string
	first  peer.ID
	copies map[peer.ID]struct{}
	valid  bool
}

// share is the part of opportunities that a peer used, at a point in time.
type share struct {
	value float64
	at    time.Time
}

func newForwarding(now func() time.Time, grace time.Duration) *forwarding {
	return &forwarding{
		now: now, grace: grace,
		mesh:    make(map[string]map[peer.ID]time.Time),
		pending: make(map[string]*opportunity),
		shares:  make(map[peer.ID]share),
	}
}

// begin follows a message that came for the first time.
func (f *forwarding) begin(id, topic string, first peer.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.settle()
	if len(f.order) >= maxPending {
		return
	}
	f.pending[id] = &opportunity{begun: f.now(), topic: topic, first: first, copies: make(map[peer.ID]struct{})}
	f.order = append(f.order, id)
}

// copied notes another copy.
func (f *forwarding) copied(id string, from peer.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if o := f.pending[id]; o != nil && len(o.copies) < maxShares {
		o.copies[from] = struct{}{}
	}
}

// accepted makes the message count; what is not valid is nobody's to forward.
func (f *forwarding) accepted(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if o := f.pending[id]; o != nil {
		o.valid = true
	}
}

// settle closes the windows that are over. The caller holds mu.
func (f *forwarding) settle() {
	now := f.now()
	for len(f.order) > 0 {
		o := f.pending[f.order[0]]
		if o != nil && now.Sub(o.begun) < forwardWindow {
			return
		}
		if o != nil && o.valid {
			f.judge(o, now)
		}
		delete(f.pending, f.order[0])
		f.order = f.order[1:]
	}
}

// judge applies one message to the shares of those that were in the mesh all the time.
func (f *forwarding) judge(o *opportunity, now time.Time) {
	for id, since := range f.mesh[o.topic] {
		if id == o.first || o.begun.Sub(since) < f.grace {
			continue
		}
		used := 0.0
		if _, ok := o.copies[id]; ok {
			used = 1
		}
		value := f.share(id, now)
		f.keep(id, share{value + (used-value)/forwardMemory, now})
	}
}

// keep stores a share. When there are too many, full ones go first: they say no more than none does.
func (f *forwarding) keep(id peer.ID, s share) {
	if _, known := f.shares[id]; !known && len(f.shares) >= maxShares {
		for other := range f.shares {
			if f.share(other, s.at) > 0.9 {
				delete(f.shares, other)
			}
		}
		if len(f.shares) >= maxShares {
			return
		}
	}
	f.shares[id] = s
}

// share is the peer's share now, 1 if nothing is known of it.
func (f *forwarding) share(id peer.ID, now time.Time) float64 {
	s, known := f.shares[id]
	if !known {
		return 1
	}
	return 1 - (1-s.value)*math.Exp2(-float64(now.Sub(s.at))/float64(forwardForgive))
}

// score is the application's part of gossip's score: 0 to -forwardPenalty.
func (f *forwarding) score(id peer.ID) float64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.settle()
	return -forwardPenalty * max(0, 1-f.share(id, f.now())/forwardFair)
}

// graft notes that the peer is in the topic's mesh.
func (f *forwarding) graft(id peer.ID, topic string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.mesh[topic] == nil {
		f.mesh[topic] = make(map[peer.ID]time.Time)
	}
	f.mesh[topic][id] = f.now()
}

// prune notes that the peer is no longer in the topic's mesh.
func (f *forwarding) prune(id peer.ID, topic string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.mesh[topic], id)
}

// gone takes the peer out of every mesh. Its share stays, so that coming back does not wash it clean.
func (f *forwarding) gone(id peer.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, peers := range f.mesh {
		delete(peers, id)
	}
}
