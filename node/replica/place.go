package replica

import (
	"encoding/binary"
	"math"
)

const (
	maxPlaced   = 256 // batches that are looked at in one go
	maxUnproven = 256 // replicas that a holder has yet to fetch, so that it is not offered more than it can bear
)

// queue has a batch looked at.
func (o *Owner) queue(b *batch) {
	if !b.queued && !b.dropped && !b.blind {
		b.queued = true
		o.unplaced = append(o.unplaced, b)
	}
}

// wake has the starved ones looked at again.
func (o *Owner) wake() {
	o.unplaced = append(o.unplaced, o.starved...)
	o.starved, o.rested = nil, math.MaxUint64
}

// settle looks at some of the queued batches: too few replicas are made up for, and too many are released.
func (o *Owner) settle(now uint64) {
	for n := 0; n < maxPlaced && len(o.unplaced) > 0; n++ {
		b := o.unplaced[0]
		o.unplaced[0] = nil
		o.unplaced = o.unplaced[1:]
		b.queued = false
		o.place(now, b)
	}
}

func (o *Owner) place(now uint64, b *batch) {
	if b.dropped || b.blind {
		return
	}
	if b.restsTil > now {
		o.starve(b)
		return
	}
	have, _ := b.count()
	changed := false
	for ; have < o.policy.Replicas; have++ {
		p := o.choose(now, b)
		if p == nil {
			o.starve(b)
			break
		}
		o.assign(now, b, p)
		changed = true
	}
	if o.trim(b) || changed {
		o.save(b)
	}
}

// starve puts a batch aside until there may be a holder for it.
func (o *Owner) starve(b *batch) {
	b.queued = true
	o.starved = append(o.starved, b)
	if b.restsTil > 0 {
		o.rested = min(o.rested, b.restsTil)
	}
}

// choose returns the best holder for another replica of a batch: of the connected members that have room, the one with the
// least of this owner's bytes; of equals the one that the digest prefers, so that owners do not all begin with the same.
func (o *Owner) choose(now uint64, b *batch) (best *peer) {
	for _, p := range o.order {
		if !p.trusted() || !p.connected || p.refusedUntil > now || p.unproven >= maxUnproven {
			continue
		}
		if i := b.at(p); i >= 0 && b.replicas[i].state != former {
			continue
		}
		if best == nil || p.bytes < best.bytes || p.bytes == best.bytes && preference(b.digest, p.id) > preference(b.digest, best.id) {
			best = p
		}
	}
	return best
}

// preference is a mix of a digest and a peer (FNV-1a over the peer, from where the digest begins).
func preference(d Digest, id string) uint64 {
	h := binary.BigEndian.Uint64(d[:])
	for i := range len(id) {
		h = (h ^ uint64(id[i])) * 1099511628211
	}
	return h
}

func (o *Owner) assign(now uint64, b *batch, p *peer) {
	r := replica{peer: p, state: offered, since: now}
	i := b.at(p)
	if i < 0 {
		b.replicas = append(b.replicas, r)
		i = len(b.replicas) - 1
	} else {
		b.replicas[i] = r // a former one that is wanted again
	}
	p.seen = max(p.seen, now)
	p.take(b, i)
}

// trim gives up replicas beyond those that are wanted, once enough are proven, and reports whether there were any.
func (o *Owner) trim(b *batch) (changed bool) {
	_, proven := b.count()
	if proven < o.policy.Replicas {
		return false
	}
	for i := len(b.replicas) - 1; i >= 0; i-- {
		r := &b.replicas[i]
		switch {
		case r.state == former:
		case r.peer.liar || !r.peer.member:
			o.unassign(b, i)
			changed = true
		case !r.counts() || r.state != confirmed:
			o.demote(b, i)
			changed = true
		}
	}
	for ; proven > o.policy.Replicas; proven-- {
		o.demote(b, b.fullest())
		changed = true
	}
	return changed
}

// fullest returns the proven replica whose holder has most of the owner's bytes.
func (b *batch) fullest() (most int) {
	most = -1
	for i := range b.replicas {
		if r := &b.replicas[i]; r.counts() && r.state == confirmed && (most < 0 || r.peer.bytes > b.replicas[most].peer.bytes) {
			most = i
		}
	}
	return most
}

// demote makes a replica one to be released.
func (o *Owner) demote(b *batch, i int) {
	r := &b.replicas[i]
	if r.state == former {
		return
	}
	r.peer.leave(b, i)
	r.state = former
	r.peer.take(b, i)
}

// unassign forgets a replica.
func (o *Owner) unassign(b *batch, i int) {
	b.replicas[i].peer.leave(b, i)
	b.replicas = append(b.replicas[:i:i], b.replicas[i+1:]...)
}
