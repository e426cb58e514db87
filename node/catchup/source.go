package catchup

import (
	"cmp"
	"slices"
	"time"
)

const (
	// perPeer is how many chunks one peer is asked for at the same time at most; see Limits.
	perPeer = 4
	// maxFailures is after how many requests in a row that failed a peer is not asked for this state any more.
	maxFailures = 5
	// busyPause is how long a peer is left alone that is busy; one that failed twice as long after each failure.
	busyPause = time.Second
)

// source is a peer that has the state.
type source struct {
	peer     string
	busy     int // requests under way
	failures int // in a row
	retryAt  time.Time
	pace     time.Duration // per chunk, smoothed; 0 as long as it has given none
}

// sources are the peers that have the state.
type sources []*source

// add adds a peer, unless it is there.
func (s *sources) add(peer string) {
	if s.find(peer) == nil {
		*s = append(*s, &source{peer: peer})
	}
}

// remove drops a peer.
func (s *sources) remove(peer string) {
	*s = slices.DeleteFunc(*s, func(o *source) bool { return o.peer == peer })
}

func (s sources) find(peer string) *source {
	if i := slices.IndexFunc(s, func(o *source) bool { return o.peer == peer }); i >= 0 {
		return s[i]
	}
	return nil
}

// best returns whom to ask next: the least busy of those that may be asked, and of these the quickest; nil for nobody.
func (s sources) best(now time.Time, but ...string) *source {
	ready := slices.DeleteFunc(slices.Clone(s), func(o *source) bool {
		return o.busy >= perPeer || now.Before(o.retryAt) || slices.Contains(but, o.peer)
	})
	if len(ready) == 0 {
		return nil
	}
	return slices.MinFunc(ready, func(a, b *source) int { return cmp.Or(cmp.Compare(a.busy, b.busy), cmp.Compare(a.pace, b.pace)) })
}

// gave notes that the peer gave a chunk.
func (s *source) gave(took time.Duration) {
	s.failures = 0
	if s.pace == 0 {
		s.pace = took
	}
	s.pace += (took - s.pace) / 4
}

// failed notes that a request failed, and reports whether the peer is to be given up.
func (s *source) failed(now time.Time) (over bool) {
	s.retryAt = now.Add(busyPause << s.failures)
	s.failures++
	return s.failures >= maxFailures
}
