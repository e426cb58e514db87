package api

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"sync"
)

// ErrLagged says that a follower was slower than the feed: what it should have read next was overwritten.
var ErrLagged = errors.New("the follower is slower than the feed")

// ErrFeedClosed says that the feed has ended, because the gateway stops.
var ErrFeedClosed = errors.New("the feed is closed")

// Feed keeps the newest notices in a ring that all followers read from. A follower has a place in the ring and no buffer
// of its own, so memory does not depend on how many there are or how slow they are, and publishing never waits.
type Feed struct {
	run string // names this run of the process, so that ids of an earlier one are not mistaken for ours

	mu     sync.Mutex
	ring   []Notice
	next   uint64        // the number of the next notice; the first is 1
	wake   chan struct{} // closed when a notice comes
	closed bool
}

// NewFeed returns a feed that remembers the newest capacity notices, at least one.
func NewFeed(capacity int) *Feed {
	var run [8]byte
	_, _ = rand.Read(run[:]) // never fails: crypto/rand ends the process first
	return &Feed{run: hex.EncodeToString(run[:]), ring: make([]Notice, max(capacity, 1)), next: 1, wake: make(chan struct{})}
}

// Publish adds a notice and wakes the followers. On a closed feed it does nothing.
func (f *Feed) Publish(notice Notice) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return
	}
	f.ring[f.next%uint64(len(f.ring))] = notice
	f.next++
	close(f.wake)
	f.wake = make(chan struct{})
}

// Close ends the feed: followers read what is left and then get ErrFeedClosed.
func (f *Feed) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.closed = true
		close(f.wake)
	}
}

// Cursor is a follower's place in a feed. It is not safe for concurrent use.
type Cursor struct {
	feed   *Feed
	filter Filter
	next   uint64
	missed bool
}

// Follow returns a cursor behind the notice with the id lastID, or at the end of the feed if lastID is empty. If that
// notice is not known any more, the cursor starts with the oldest one there is and Missed is true.
func (f *Feed) Follow(lastID string, filter Filter) *Cursor {
	f.mu.Lock()
	defer f.mu.Unlock()
	if lastID == "" {
		return &Cursor{feed: f, filter: filter, next: f.next}
	}
	last, ok := f.parseID(lastID)
	if !ok || last >= f.next || last+1 < f.oldest() {
		return &Cursor{feed: f, filter: filter, next: f.oldest(), missed: true}
	}
	return &Cursor{feed: f, filter: filter, next: last + 1}
}

// Missed reports whether notices between the one that was asked for and the first one here are lost.
func (c *Cursor) Missed() bool { return c.missed }

// Poll returns the next notice that the filter takes. If there is none yet, it returns a channel that is closed when
// there may be one. Errors: ErrLagged, ErrFeedClosed.
func (c *Cursor) Poll() (*Notice, <-chan struct{}, error) {
	f := c.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	if c.next < f.oldest() {
		return nil, nil, ErrLagged
	}
	for c.next < f.next {
		notice := f.ring[c.next%uint64(len(f.ring))]
		c.next++
		if c.filter.takes(&notice) {
			return &notice, nil, nil
		}
	}
	if f.closed {
		return nil, nil, ErrFeedClosed
	}
	return nil, f.wake, nil
}

// ID names the place of the cursor: given to Follow, it goes on from here.
func (c *Cursor) ID() string { return c.feed.run + "-" + strconv.FormatUint(c.next-1, 10) }

// oldest returns the number of the oldest notice in the ring, or of the next one if the ring is empty.
func (f *Feed) oldest() uint64 {
	if size := uint64(len(f.ring)); f.next > size {
		return f.next - size
	}
	return 1
}

// parseID reads an id of this run.
func (f *Feed) parseID(id string) (uint64, bool) {
	run, number, ok := strings.Cut(id, "-")
	if !ok || run != f.run {
		return 0, false
	}
	last, err := strconv.ParseUint(number, 10, 64)
	return last, err == nil
}
