package replica

import (
	"maps"
	"slices"
)

// Done ends a request: with the outcome of each of its items, or with an error that says why there is none.
func (o *Owner) Done(now uint64, w Work, outcomes []status, err error) {
	p := o.peers[w.Peer]
	p.busy = false
	defer o.settle(now)
	defer o.distrusted(p, w)
	if err != nil {
		o.unanswered(now, p, w)
		return
	}
	p.seen, p.failures, p.retryAt = now, 0, 0
	if p.expired {
		p.expired = false
		p.held(o.queue) // what it has counts again
	}
	switch w.verb {
	case verbHold:
		o.offersAnswered(now, p, w, outcomes)
	case verbCheck:
		o.checksAnswered(now, p, w, outcomes)
	case verbRelease:
		o.released(p, w)
	}
}

// distrusted has what a request was about looked at again if its peer is not trusted any more: meanwhile it stood in none of
// the peer's lists.
func (o *Owner) distrusted(p *peer, w Work) {
	if !p.trusted() {
		for _, b := range w.batches {
			o.queue(b)
		}
	}
}

// unanswered puts back what a failed request was about.
func (o *Owner) unanswered(now uint64, p *peer, w Work) {
	p.retryAt = now + backoff(retryFirst, retryMost, p.failures)
	p.failures++
	for _, b := range w.batches {
		switch {
		case p.is(b, offered):
			p.offers = append(p.offers, b)
		case p.is(b, accepted):
			p.accepted = append(p.accepted, b)
		case p.is(b, former):
			p.releases = append(p.releases, b)
		}
	}
}

func (o *Owner) offersAnswered(now uint64, p *peer, w Work, outcomes []status) {
	refused := false
	for n, b := range w.batches {
		i := b.at(p)
		if i < 0 || b.replicas[i].state != offered {
			continue
		}
		if outcomes[n] == statusAccepted {
			b.replicas[i].state = accepted
			p.accepted = append(p.accepted, b)
			continue
		}
		refused = true
		o.unassign(b, i)
		o.save(b)
		o.queue(b)
	}
	p.polls, p.pollAt = 0, now+ms(pollFirst)
	if !refused {
		p.refusals, p.refusedUntil = 0, 0
		return
	}
	p.refusedUntil = now + backoff(roomFirst, roomMost, p.refusals)
	p.refusals++
}

func (o *Owner) checksAnswered(now uint64, p *peer, w Work, outcomes []status) {
	proofs, before := 0, p.unproven
	for n, b := range w.batches {
		i := b.at(p)
		if i < 0 || b.replicas[i].state != accepted && b.replicas[i].state != confirmed {
			continue
		}
		if outcomes[n] == statusOK {
			proofs++
		}
		o.checked(now, b, i, outcomes[n])
	}
	p.polls++
	if proofs > 0 {
		p.polls = 0
	}
	p.pollAt = now + backoff(pollFirst, pollMost, p.polls)
	p.checkAt = now + o.interval(p)
	if before >= maxUnproven/2 && p.unproven < maxUnproven/2 {
		o.wake()
	}
}

// interval is the time between two checks of a holder: all that it has gets its turn within the policy's time, and there is
// always a question before the patience ends.
func (o *Owner) interval(p *peer) uint64 {
	every := o.policy.Check * checksPerMessage / uint64(max(len(p.ring), 1))
	return max(min(every, o.policy.Check, o.policy.Patience/4), ms(checkLeast))
}

// checked draws the conclusion from the check of one replica.
func (o *Owner) checked(now uint64, b *batch, i int, outcome status) {
	r := &b.replicas[i]
	p := r.peer
	switch outcome {
	case statusOK:
		if r.state == accepted {
			p.unproven--
			p.ring = append(p.ring, b)
		}
		r.state, r.seen, b.losses, b.restsTil = confirmed, now, 0, 0
		o.trim(b)
		o.save(b)
		return
	case statusWrong:
		o.distrust(p, b.digest)
		return
	case statusLost, statusFull, statusQuota, statusInvalid:
		if r.state == accepted { // it may be the batch's fault, so all holders would fare alike
			b.restsTil = now + backoff(restFirst, restMost, b.losses)
			b.losses++
		}
		o.unassign(b, i)
		o.save(b)
		o.queue(b)
		return
	case statusBlind:
		o.lostOwn(b)
	}
	late := r.state == accepted && now-r.since > o.policy.Patience || r.state == confirmed && now-r.seen > o.policy.Patience+o.policy.Check
	switch {
	case late && outcome != statusBlind: // it had its time
		o.demote(b, i)
		o.save(b)
		o.queue(b)
	case r.state == accepted:
		p.accepted = append(p.accepted, b)
	}
}

// released forgets replicas that their holder let go.
func (o *Owner) released(p *peer, w Work) {
	for _, b := range w.batches {
		if i := b.at(p); i >= 0 && b.replicas[i].state == former {
			o.unassign(b, i)
			o.save(b)
		}
	}
}

// lostOwn notes that the owner's own copy of a batch is gone.
func (o *Owner) lostOwn(b *batch) {
	if !b.blind {
		b.blind = true
		o.blind = append(o.blind, b)
	}
}

// Missing is a batch whose own copy is gone, and the connected holders to fetch it from.
type Missing struct {
	Digest Digest
	Size   int64
	From   []string
}

// Missing returns a batch to be fetched back, if there is one that a connected peer holds; Regained or Unfound ends it.
func (o *Owner) Missing() (Missing, bool) {
	for n, b := range o.blind {
		m := Missing{Digest: b.digest, Size: b.size}
		for i := range b.replicas {
			if r := &b.replicas[i]; r.peer.connected && r.counts() {
				m.From = append(m.From, r.peer.id)
			}
		}
		if len(m.From) > 0 {
			o.blind = append(o.blind[:n:n], o.blind[n+1:]...)
			return m, true
		}
	}
	return Missing{}, false
}

// Lack notes which batches have no own copy, as has tells: after a restart on a box that kept the records alone.
func (o *Owner) Lack(has func(Digest) bool) {
	for _, d := range slices.SortedFunc(maps.Keys(o.batches), compareDigests) {
		if b := o.batches[d]; !b.dropped && !has(d) {
			o.lostOwn(b)
		}
	}
}

// Regained says that the own copy of a batch is there again.
func (o *Owner) Regained(d Digest) {
	if b := o.batches[d]; b != nil {
		b.blind = false
		o.queue(b)
	}
}

// Unfound says that a missing batch could not be fetched; it is tried again later.
func (o *Owner) Unfound(d Digest) {
	if b := o.batches[d]; b != nil && b.blind {
		o.blind = append(o.blind, b)
	}
}
