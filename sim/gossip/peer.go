package gossip

import (
	"cmp"
	"slices"
)

// peer is what a router knows of a peer. It stays after a disconnection as long as there is a backoff.
type peer struct {
	number    uint32
	connected bool
	dialed    bool           // this end opened the connection
	mesh      uint8          // a bit for each topic whose mesh it is in
	haves     uint8          // IHave messages since the last heartbeat, to just above maxIHaveMessages
	asked     uint16         // messages asked of it since the last heartbeat
	unwants   uint16         // IDontWant messages since the last heartbeat
	backoff   [Topics]uint64 // us until which it is not grafted; 0 if it may be
}

func (p *peer) in(topic uint8) bool { return p.mesh>>topic&1 != 0 }

func (p *peer) backsOff() bool { return p.backoff != [Topics]uint64{} }

// graftable reports whether a heartbeat may take the peer into the mesh. A backoff counts until it is forgotten, which is
// later than it ends.
func (p *peer) graftable(topic uint8) bool {
	return p.connected && !p.in(topic) && p.backoff[topic] == 0
}

// Connect notes a connection to a peer; dialed tells whether this end opened it. Both ends take part in all topics.
func (r *Router) Connect(number uint32, dialed bool) {
	i, known := r.index(number)
	if !known {
		r.peers = slices.Insert(r.peers, i, peer{number: number})
	}
	r.peers[i].connected, r.peers[i].dialed = true, dialed
}

// Disconnect notes that the connection to a peer is gone: the peer leaves the meshes.
func (r *Router) Disconnect(number uint32) {
	p := r.find(number)
	if p == nil {
		return
	}
	for topic := range uint8(Topics) {
		r.leave(p, topic)
	}
	p.connected = false
	r.unwanted.remove(func(c copyFor) bool { return c.peer() == number })
	r.forget()
}

// forget removes peers of which there is nothing to know.
func (r *Router) forget() {
	r.peers = slices.DeleteFunc(r.peers, func(p peer) bool { return !p.connected && !p.backsOff() })
}

func (r *Router) index(number uint32) (int, bool) {
	return slices.BinarySearchFunc(r.peers, number, func(p peer, number uint32) int { return cmp.Compare(p.number, number) })
}

// find returns a peer, or nil if it is not connected.
func (r *Router) find(number uint32) *peer {
	if i, known := r.index(number); known && r.peers[i].connected {
		return &r.peers[i]
	}
	return nil
}

// join takes a peer into a mesh that it is not in.
func (r *Router) join(p *peer, topic uint8) {
	p.mesh |= 1 << topic
	r.mesh[topic] = append(r.mesh[topic], p.number)
}

// leave takes a peer out of a mesh, if it is in.
func (r *Router) leave(p *peer, topic uint8) {
	if !p.in(topic) {
		return
	}
	p.mesh &^= 1 << topic
	i := slices.Index(r.mesh[topic], p.number)
	r.mesh[topic] = slices.Delete(r.mesh[topic], i, i+1)
}

// backOff keeps a peer out of a mesh for pruneBackoff.
func (p *peer) backOff(topic uint8, now uint64) {
	p.backoff[topic] = max(p.backoff[topic], now+pruneBackoff)
}
