package gossip

// tell sends the ids of a topic's recent messages to Lazy peers outside of the mesh, or to the part Factor of them if that is
// more. Source: gossipsub.go:2039 emitGossip.
func (r *Router) tell(topic uint8, d *draws, out *Outbox) {
	recent := r.history[topic].last(r.params.HistoryGossip)
	if len(recent) == 0 {
		return
	}
	peers := r.outside(topic, d, out)
	if len(peers) == 0 {
		return
	}
	if len(recent) > maxIHaveLength {
		for _, to := range peers {
			out.add(Control{To: to, Kind: IHave, Topic: topic, IDs: out.sample(recent, maxIHaveLength, d)})
		}
		return
	}
	ids := out.hold(recent...)
	for _, to := range peers {
		out.add(Control{To: to, Kind: IHave, Topic: topic, IDs: ids})
	}
}

// outside draws the peers that are told of messages.
func (r *Router) outside(topic uint8, d *draws, out *Outbox) []uint32 {
	peers := out.candidates[:0]
	for i := range r.peers {
		if p := &r.peers[i]; p.connected && !p.in(topic) {
			peers = append(peers, p.number)
		}
	}
	out.candidates = peers
	target := max(r.params.Lazy, int(r.params.Factor*float64(len(peers))))
	if target >= len(peers) {
		return peers
	}
	choose(peers, target, d)
	return peers[:target]
}
