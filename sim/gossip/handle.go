package gossip

import "slices"

// Handle takes a control message of a peer. Answers go to out; the messages that an IWant gets are appended to resend, to be sent to
// the peer as copies. draw is 64 random bits. Nothing comes of what is unknown: peers that are not connected, other topics
// and kinds. Source: gossipsub.go:913 HandleRPC.
func (r *Router) Handle(from uint32, c *Control, now, draw uint64, out *Outbox, resend []Message) []Message {
	p := r.find(from)
	if p == nil || c.Topic >= Topics {
		return resend
	}
	switch c.Kind {
	case Graft:
		r.handleGraft(p, c.Topic, now, out)
	case Prune:
		r.leave(p, c.Topic)
		p.backOff(c.Topic, now)
	case IHave:
		r.seen.advance(now)
		r.handleIHave(p, c.IDs, draw, out)
	case IWant:
		return r.handleIWant(p, c.IDs, resend)
	case IDontWant:
		r.handleIDontWant(p, c.IDs)
	}
	return resend
}

// handleGraft takes a peer into the mesh, or answers with a Prune. Source: gossipsub.go:1060.
func (r *Router) handleGraft(p *peer, topic uint8, now uint64, out *Outbox) {
	switch {
	case p.in(topic):
	case now < p.backoff[topic], len(r.mesh[topic]) >= r.params.High && !p.dialed:
		p.backOff(topic, now)
		out.add(Control{To: p.number, Kind: Prune, Topic: topic})
	default:
		r.join(p, topic)
	}
}

// handleIHave asks for what was not seen. Source: gossipsub.go:938.
func (r *Router) handleIHave(p *peer, ids []Message, draw uint64, out *Outbox) {
	if p.haves >= maxIHaveMessages || p.asked >= maxIHaveLength {
		return
	}
	p.haves++
	start := len(out.ids)
	out.ids = r.seen.missing(ids[:min(len(ids), maxIHaveLength)], out.ids)
	wanted := len(out.ids) - start
	if limit := maxIHaveLength - int(p.asked); wanted > limit {
		d := draws(draw)
		choose(out.ids[start:], limit, &d)
		out.ids, wanted = out.ids[:start+limit], limit
	}
	if wanted == 0 {
		return
	}
	p.asked += uint16(wanted)
	out.add(Control{To: p.number, Kind: IWant, IDs: out.ids[start : start+wanted : start+wanted]})
}

// handleIWant appends those of the messages that are in the cache and may be sent. Source: gossipsub.go:1012.
func (r *Router) handleIWant(p *peer, ids, resend []Message) []Message {
	start := len(resend)
	for _, m := range ids {
		wish := copyOf(m, p.number)
		if !r.cached(m) || r.unwanted.has(wish) || r.served.count(wish) >= retransmission {
			continue
		}
		r.served.push(wish)
		if !slices.Contains(resend[start:], m) {
			resend = append(resend, m)
		}
	}
	return resend
}

// cached reports whether a message can be had.
func (r *Router) cached(m Message) bool {
	if !r.seen.has(m) { // nearly all that a hostile peer asks for ends here
		return false
	}
	for topic := range r.history {
		if r.history[topic].has(m) {
			return true
		}
	}
	return false
}

// handleIDontWant remembers what a peer does not want. Source: gossipsub.go:1192.
func (r *Router) handleIDontWant(p *peer, ids []Message) {
	if len(ids) == 0 || p.unwants >= maxIDontWantMessages {
		return
	}
	p.unwants++
	for _, m := range ids[:min(len(ids), maxIDontWantLength)] {
		r.unwanted.push(copyOf(m, p.number))
	}
}
