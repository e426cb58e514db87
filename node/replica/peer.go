package replica

// peer is another gateway as an owner sees it.
type peer struct {
	id        string
	member    bool
	connected bool
	busy      bool // a request is under way
	liar      bool
	expired   bool   // it stayed away for too long
	seen      uint64 // when it last answered

	bytes    int64 // of the replicas at it, former ones left out
	unproven int   // of these that are offered or accepted

	offers   []*batch // to be offered
	accepted []*batch // to be asked for until they are proven
	ring     []*batch // proven ones, in the order in which they are checked, from next on
	next     int
	releases []*batch // former ones

	pollAt, checkAt uint64 // when accepted, proven ones are asked for
	polls           uint   // in a row without a proof
	retryAt         uint64 // after a request that failed
	failures        uint   // in a row
	refusedUntil    uint64 // it has no room
	refusals        uint   // in a row
}

// trusted reports whether what the peer holds counts.
func (p *peer) trusted() bool { return p.member && !p.liar && !p.expired }

// take enters a replica of a batch in the lists of its state.
func (p *peer) take(b *batch, i int) {
	switch b.replicas[i].state {
	case offered:
		p.offers = append(p.offers, b)
		p.bytes += b.size
		p.unproven++
	case accepted:
		p.accepted = append(p.accepted, b)
		p.bytes += b.size
		p.unproven++
	case confirmed:
		p.ring = append(p.ring, b)
		p.bytes += b.size
	case former:
		p.releases = append(p.releases, b)
	}
}

// leave takes a replica out of the counts. The lists are tidied when they are walked.
func (p *peer) leave(b *batch, i int) {
	switch b.replicas[i].state {
	case offered, accepted:
		p.unproven--
		p.bytes -= b.size
	case confirmed:
		p.bytes -= b.size
	}
}

// is reports whether the peer's replica of a batch is in a state.
func (p *peer) is(b *batch, s state) bool {
	i := b.at(p)
	return i >= 0 && b.replicas[i].state == s
}

// pull takes up to n batches from the front of a list that are still in a state.
func (p *peer) pull(list *[]*batch, s state, n int) (out []*batch) {
	for len(*list) > 0 && len(out) < n {
		b := (*list)[0]
		(*list)[0] = nil
		*list = (*list)[1:]
		if p.is(b, s) {
			out = append(out, b)
		}
	}
	return out
}

// held visits all batches that the peer has, or was offered.
func (p *peer) held(visit func(*batch)) {
	for _, list := range [][]*batch{p.offers, p.accepted, p.ring} {
		for _, b := range list {
			visit(b)
		}
	}
}
