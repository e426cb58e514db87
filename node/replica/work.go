package replica

import (
	"math"
	"time"
)

const (
	checksPerMessage = 64
	bytesPerCheck    = 32 << 20 // of the batches of one message, which both sides read from their disks

	pollFirst  = 5 * time.Second // to the first question after an offer was accepted; then twice as long each time
	pollMost   = 10 * time.Minute
	retryFirst = 2 * time.Second // after a request that failed; then twice as long each time
	retryMost  = 5 * time.Minute
	restFirst  = 10 * time.Second // after a holder never came to have a batch; then twice as long each time
	restMost   = 6 * time.Hour
	roomFirst  = 10 * time.Minute // after a refusal for want of room; then twice as long each time
	roomMost   = 6 * time.Hour
	checkLeast = time.Second
)

// Work is a request that an owner wants made.
type Work struct {
	Peer  string
	Nonce [nonceSize]byte
	Items []Item

	verb    verb
	batches []*batch
}

// Item is one thing that a Work asks about.
type Item struct {
	Digest         Digest
	Size           int64 // of the batch
	Offset, Length int64 // of the range that a check asks for
}

// backoff doubles a time with each failure in a row.
func backoff(first, most time.Duration, failures uint) uint64 {
	return ms(min(first<<min(failures, 20), most))
}

// Next returns a request to be made now, if there is one. Each is ended by Done; until then its peer gets no other.
func (o *Owner) Next(now uint64) (Work, bool) {
	o.expire(now)
	if len(o.starved) > 0 && o.wakeAt() <= now {
		o.wake()
	}
	o.looked = now
	o.settle(now)
	for i := range o.order {
		p := o.order[(o.turn+i)%len(o.order)]
		if w, ok := o.workFor(now, p); ok {
			o.turn = (o.turn + i + 1) % len(o.order)
			p.busy = true
			return w, true
		}
	}
	return Work{}, false
}

func (p *peer) asked(now uint64) bool {
	return p.connected && p.member && !p.busy && !p.liar && p.retryAt <= now
}

func (o *Owner) workFor(now uint64, p *peer) (Work, bool) {
	if !p.asked(now) {
		return Work{}, false
	}
	if list := p.pull(&p.offers, offered, maxItems); len(list) > 0 {
		return o.work(p, verbHold, list), true
	}
	if p.pollAt <= now {
		if list := p.pull(&p.accepted, accepted, checksPerMessage); len(list) > 0 {
			return o.work(p, verbCheck, list), true
		}
	}
	if list := p.pull(&p.releases, former, maxItems); len(list) > 0 {
		return o.work(p, verbRelease, list), true
	}
	if p.checkAt <= now {
		if list := p.nextChecks(); len(list) > 0 {
			return o.work(p, verbCheck, list), true
		}
	}
	return Work{}, false
}

// nextChecks returns the next proven replicas in their order, and tidies the ring on the way.
func (p *peer) nextChecks() (list []*batch) {
	bytes := int64(0)
	for visited := 0; visited < checksPerMessage && len(list) < len(p.ring); visited++ {
		if p.next >= len(p.ring) {
			p.next = 0
		}
		b := p.ring[p.next]
		if !p.is(b, confirmed) {
			last := len(p.ring) - 1
			p.ring[p.next], p.ring[last] = p.ring[last], nil
			p.ring = p.ring[:last]
			continue
		}
		if bytes += b.size; bytes > bytesPerCheck && len(list) > 0 {
			break
		}
		list = append(list, b)
		p.next++
	}
	return list
}

func (o *Owner) work(p *peer, v verb, list []*batch) Work {
	w := Work{Peer: p.id, verb: v, batches: list, Items: make([]Item, len(list))}
	for i, b := range list {
		w.Items[i] = Item{Digest: b.digest, Size: b.size}
		if v == verbCheck {
			length := min(b.size, maxRange)
			w.Items[i].Length, w.Items[i].Offset = length, o.random.Int64N(b.size-length+1)
		}
	}
	if v == verbCheck {
		for i := range w.Nonce {
			w.Nonce[i] = byte(o.random.Uint32())
		}
	}
	return w
}

// Due returns when Next has something to do at the earliest, as things are; math.MaxUint64 for never.
func (o *Owner) Due(now uint64) uint64 {
	due := uint64(math.MaxUint64)
	if len(o.unplaced) > 0 {
		return now
	}
	if len(o.starved) > 0 {
		due = o.wakeAt()
	}
	for _, p := range o.order {
		if at, ok := o.expiry(p); ok {
			due = min(due, at)
		}
		if p.connected && p.member && !p.busy && !p.liar {
			due = min(due, max(p.due(), p.retryAt))
		}
	}
	return max(due, now)
}

func (p *peer) due() uint64 {
	due := uint64(math.MaxUint64)
	if len(p.offers)+len(p.releases) > 0 {
		return 0
	}
	if len(p.accepted) > 0 {
		due = p.pollAt
	}
	if len(p.ring) > 0 {
		due = min(due, p.checkAt)
	}
	return due
}

// wakeAt returns when a starved batch may find a holder: one that had no room may have some, or the batch has rested.
func (o *Owner) wakeAt() uint64 {
	at := o.rested
	for _, p := range o.order {
		if p.connected && p.trusted() && p.refusedUntil > o.looked {
			at = min(at, p.refusedUntil)
		}
	}
	return at
}
