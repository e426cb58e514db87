package gossip

// Heartbeat mends the meshes, tells some peers outside of them of recent messages, and forgets what is old. It is due every
// Params.Heartbeat. draw is 64 random bits. Source: gossipsub.go:1648 heartbeat.
func (r *Router) Heartbeat(now, draw uint64, out *Outbox) {
	d := draws(draw)
	r.ticks++
	r.seen.advance(now)
	r.unwanted.shift()
	if r.ticks%backoffTicks == 0 {
		r.clearBackoffs(now)
	}
	for i := range r.peers {
		p := &r.peers[i]
		p.haves, p.asked, p.unwants = 0, 0, 0
	}
	for topic := range uint8(Topics) {
		r.mend(topic, now, &d, out)
		r.tell(topic, &d, out)
	}
	for topic := range r.history {
		r.history[topic].shift()
	}
	r.served.shift()
}

// clearBackoffs forgets backoffs that ended, and the peers that were known for nothing else.
func (r *Router) clearBackoffs(now uint64) {
	for i := range r.peers {
		for topic, until := range r.peers[i].backoff {
			if until+backoffSlack < now {
				r.peers[i].backoff[topic] = 0
			}
		}
	}
	r.forget()
}

// mend brings the mesh of a topic between Low and High, with Out peers that this node dialled.
func (r *Router) mend(topic uint8, now uint64, d *draws, out *Outbox) {
	if missing := r.params.D - len(r.mesh[topic]); len(r.mesh[topic]) < r.params.Low {
		r.graft(topic, missing, false, d, out)
	}
	if len(r.mesh[topic]) >= r.params.High {
		r.prune(topic, now, d, out)
	}
	if r.params.Out == 0 || len(r.mesh[topic]) < r.params.Low {
		return
	}
	if missing := r.params.Out - r.dialed(topic); missing > 0 {
		r.graft(topic, missing, true, d, out)
	}
}

// dialed returns how many peers in a topic's mesh this node dialled.
func (r *Router) dialed(topic uint8) (n int) {
	for i := range r.peers {
		if r.peers[i].dialed && r.peers[i].in(topic) {
			n++
		}
	}
	return n
}

// graft takes up to n peers into the mesh, and tells them; only dialled ones if dialed is set.
func (r *Router) graft(topic uint8, n int, dialed bool, d *draws, out *Outbox) {
	candidates := out.candidates[:0]
	for i := range r.peers {
		if p := &r.peers[i]; p.graftable(topic) && (p.dialed || !dialed) {
			candidates = append(candidates, p.number)
		}
	}
	out.candidates = candidates
	n = min(n, len(candidates))
	choose(candidates, n, d)
	for _, number := range candidates[:n] {
		r.join(r.find(number), topic)
		out.add(Control{To: number, Kind: Graft, Topic: topic})
	}
}

// prune keeps D peers of the mesh, drawn at random but for the quota of dialled ones, and tells the others.
func (r *Router) prune(topic uint8, now uint64, d *draws, out *Outbox) {
	out.candidates = append(out.candidates[:0], r.mesh[topic]...)
	all := out.candidates
	choose(all, len(all), d)
	r.keepDialed(all)
	for _, number := range all[r.params.D:] {
		p := r.find(number)
		r.leave(p, topic)
		p.backOff(topic, now)
		out.add(Control{To: number, Kind: Prune, Topic: topic})
	}
}

// keepDialed swaps dialled peers into the first D until there are Out of them, for those of the others that come last.
func (r *Router) keepDialed(all []uint32) {
	missing := r.params.Out
	for _, number := range all[:r.params.D] {
		if r.find(number).dialed {
			missing--
		}
	}
	place := r.params.D - 1
	for i := r.params.D; i < len(all) && missing > 0; i++ {
		if !r.find(all[i]).dialed {
			continue
		}
		for r.find(all[place]).dialed {
			place--
		}
		all[place], all[i] = all[i], all[place]
		missing--
	}
}
