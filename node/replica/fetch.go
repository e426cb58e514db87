package replica

import (
	"math"
	"time"
)

const (
	fetchFirst = 5 * time.Second // to the next try after a fetch failed; then twice as long each time
	fetchMost  = 10 * time.Minute
)

// Fetch is a batch that a holder wants to fetch from its owner.
type Fetch struct {
	Owner  string
	Digest Digest
	Size   int64
}

// Next returns a batch to be fetched now, if there is one: of owners in turn, one at a time of each. Fetched ends it. A batch
// that is there already, as another owner's, needs no fetching: has tells.
func (h *Holder) Next(now uint64, has func(Digest) bool) (Fetch, bool) {
	for i := range h.order {
		o := h.order[(h.turn+i)%len(h.order)]
		if !o.ready(now) {
			continue
		}
		for len(o.wanted) > 0 {
			d := o.wanted[0]
			o.wanted = o.wanted[1:]
			p := o.pins[d]
			switch {
			case p == nil || p.done:
			case has(d):
				h.fetched(o, d, p)
			default:
				h.turn = (h.turn + i + 1) % len(h.order)
				o.fetching = true
				return Fetch{o.id, d, p.size}, true
			}
		}
	}
	return Fetch{}, false
}

func (o *owner) ready(now uint64) bool {
	return o.connected && !o.fetching && len(o.wanted) > 0 && o.retryAt <= now
}

// Due returns when Next has something to do at the earliest, as things are; math.MaxUint64 for never.
func (h *Holder) Due() uint64 {
	due := uint64(math.MaxUint64)
	for _, o := range h.order {
		if o.connected && !o.fetching && len(o.wanted) > 0 {
			due = min(due, o.retryAt)
		}
	}
	return due
}

// FetchResult says how a fetch ended.
type FetchResult int

// The ends of a fetch.
const (
	FetchDone   FetchResult = iota // the blob is on the disk
	FetchFailed                    // the owner was not reached, or the disk refused; it is tried again
	FetchVoid                      // the owner does not have it, or has something else: the pin is dropped
)

// Fetched ends a fetch. It reports whether the blob is wanted; one that was released meanwhile is to be deleted.
func (h *Holder) Fetched(now uint64, f Fetch, result FetchResult) (wanted bool) {
	o := h.owners[f.Owner]
	o.fetching = false
	p := o.pins[f.Digest]
	switch {
	case p == nil:
		return h.Holds(f.Digest)
	case result == FetchDone:
		h.fetched(o, f.Digest, p)
		o.failures, o.retryAt = 0, 0
	case result == FetchVoid:
		h.drop(o, f.Digest)
		o.failed(now)
	default:
		o.wanted = append(o.wanted, f.Digest)
		o.failed(now)
	}
	return true
}

// failed has the owner wait, whatever was wrong: one that offers what it does not give must not keep others waiting.
func (o *owner) failed(now uint64) {
	o.retryAt = now + backoff(fetchFirst, fetchMost, o.failures)
	o.failures++
}

func (h *Holder) fetched(o *owner, d Digest, p *pin) {
	if !p.done {
		p.done = true
		h.unborn -= charge(p.size)
		h.save(o, d)
	}
}
