package replica

// Up says that a peer is connected.
func (o *Owner) Up(now uint64, id string) {
	if id == o.self || len(id) > maxPeerID {
		return
	}
	p := o.peer(id)
	p.connected, p.retryAt, p.failures, p.polls, p.pollAt = true, now, 0, 0, now
	p.expired = p.expired && p.bytes > 0 // with nothing to show it is as good as new
	if o.online == 0 {
		o.online = now
	}
	if p.expired || p.checkAt > now+o.policy.Patience/4 {
		p.checkAt = now // an answer says that it is back
	}
	o.wake()
}

// Down says that a peer is not connected any more.
func (o *Owner) Down(id string) {
	p := o.peers[id]
	if p == nil {
		return
	}
	p.connected = false
	for _, other := range o.order {
		if other.connected {
			return
		}
	}
	o.online = 0
}

// Members says who is in the network. What others hold does not count, and they are not asked.
func (o *Owner) Members(ids []string) {
	in := map[string]bool{}
	for _, id := range ids {
		if id != o.self && len(id) <= maxPeerID {
			in[id] = true
			o.peer(id)
		}
	}
	o.known = true
	for _, p := range o.order {
		was := p.member
		p.member = in[p.id]
		if was && !p.member {
			p.held(o.queue)
		}
	}
	o.wake()
}

// expire gives up peers that were not seen for longer than the patience.
func (o *Owner) expire(now uint64) {
	for _, p := range o.order {
		if at, ok := o.expiry(p); ok && now >= at {
			p.expired = true
			p.held(o.queue)
		}
	}
}

// expiry returns when a peer is given up if it does not show up; false if there is nothing to give up.
func (o *Owner) expiry(p *peer) (at uint64, ok bool) {
	if p.expired || p.bytes == 0 || o.online == 0 {
		return 0, false
	}
	return max(p.seen+o.policy.Patience, o.online+o.policy.grace()), true
}

// Lie is what a holder was caught at.
type Lie struct {
	Peer   string
	Digest Digest
}

// Lies returns the lies since the last call.
func (o *Owner) Lies() []Lie {
	lies := o.liars
	o.liars = nil
	return lies
}

// distrust stops using a peer.
func (o *Owner) distrust(p *peer, d Digest) {
	if p.liar {
		return
	}
	p.liar = true
	o.liars = append(o.liars, Lie{p.id, d})
	p.held(o.queue)
}
