package gossip

import "slices"

// Receive marks a message as seen when a copy of it arrives, and reports whether it is new. What is new is to be announced and
// judged; other copies need nothing more.
func (r *Router) Receive(m Message, now uint64) (fresh bool) { return r.seen.add(m, now) }

// Announce tells the mesh that a message of that many bytes of data is here and need not be sent, if it is large enough. It
// comes before the message is judged, because in that time copies arrive. from is who sent it, or Nobody before an own
// message is published. Source: gossipsub.go:876 Preprocess.
func (r *Router) Announce(topic uint8, m Message, data int, from uint32, out *Outbox) {
	if data < r.params.IDontWant {
		return
	}
	var ids []Message
	for _, to := range r.mesh[topic] {
		if to == from {
			continue
		}
		if ids == nil {
			ids = out.hold(m)
		}
		out.add(Control{To: to, Kind: IDontWant, IDs: ids})
	}
}

// Forward remembers an accepted message for IWant and appends to buf the peers that it goes to: the mesh without from and without
// those that do not want it. Source: gossipsub.go:1352 rpcs.
func (r *Router) Forward(topic uint8, m Message, from uint32, buf []uint32) []uint32 {
	r.history[topic].push(m)
	start := len(buf)
	for _, to := range r.mesh[topic] {
		if to != from {
			buf = append(buf, to)
		}
	}
	return r.spare(m, buf, start)
}

// spare removes those peers from buf[start:] that said that they do not want the message.
func (r *Router) spare(m Message, buf []uint32, start int) []uint32 {
	for _, c := range r.unwanted.entries {
		if c.message() != m {
			continue
		}
		if i := slices.Index(buf[start:], c.peer()); i >= 0 {
			buf = slices.Delete(buf, start+i, start+i+1)
		}
	}
	return buf
}

// Publish marks an own message as seen, remembers it, and appends to buf the peers that it goes to: the mesh, or all with flood
// publishing. With an empty mesh it does nothing, and the message may be published again. A message that was seen
// goes to nobody.
func (r *Router) Publish(topic uint8, m Message, now uint64, buf []uint32) []uint32 {
	if len(r.mesh[topic]) == 0 || !r.seen.add(m, now) {
		return buf
	}
	if !r.params.FloodPublish {
		return r.Forward(topic, m, Nobody, buf)
	}
	r.history[topic].push(m)
	return r.Peers(buf)
}
