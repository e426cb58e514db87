package sim

import (
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/sim/queue"
)

// How long connections take, in µs of virtual time.
const (
	dialAtFirst  = 2_000_000 // within which all connections of the start are made
	redialAfter  = 500_000   // until a node that is back, or that can be reached again, is connected,
	redialWithin = 1_500_000 // and within how much more
	noticeAfter  = 5_000_000 // until a peer notices that the other end has gone silent
	noticeStop   = 50_000    // until it notices that the other end has hung up
)

// connectPair connects two nodes within some time. Both ends see the connection at once; a message sees to it itself.
func (w *world) connectPair(a, b uint32, after, within uint64) {
	p := pairOf(a, b)
	w.generations[p]++
	generation := w.generations[p]
	d := draw(mix(w.seed ^ mix(uint64(p.low)<<32|uint64(p.high)) ^ uint64(generation)))
	at := w.now + after + d.next()%within
	w.tell(a, at, kindConnect, b, generation)
	w.tell(b, at, kindConnect, a, generation)
}

// breakPair lets both ends notice that their connection is gone.
func (w *world) breakPair(a, b uint32, after uint64) {
	generation := w.generations[pairOf(a, b)]
	w.tell(a, w.now+after, kindHangUp, b, generation)
	w.tell(b, w.now+after, kindHangUp, a, generation)
}

// tell puts an item of the world's own into the queue of a node's shard.
func (w *world) tell(target uint32, at uint64, kind uint8, ref, arg uint32) {
	w.sequence++
	w.shardOf(target).queue.Push(queue.Item{
		At: at, Source: uint32(len(w.founding.selves)), Seq: w.sequence, Target: target, Ref: ref, Arg: arg, Kind: kind,
	})
}

// connect notes a connection at one of its ends.
func (s *shard) connect(n *node, item *queue.Item) {
	l := n.link(item.Ref)
	if !n.up || n.deaf || item.Arg <= l.generation {
		return
	}
	if l.up {
		n.router.Disconnect(l.peer)
	}
	*l = link{peer: l.peer, generation: item.Arg, up: true}
	n.router.Connect(l.peer, n.number < l.peer)
	s.step(n, item.At, s.peerUp(l.peer))
}

// peerUp is the input that tells of a connection.
func (s *shard) peerUp(peer uint32) engine.PeerUp {
	f := s.world.founding
	return engine.PeerUp{Peer: f.names[peer], Member: f.selves[peer].Signer.Key()}
}

// hangUp notes that a connection is gone.
func (s *shard) hangUp(n *node, item *queue.Item) {
	l := n.link(item.Ref)
	if !n.up || item.Arg < l.generation {
		return
	}
	was := l.up
	*l = link{peer: l.peer, generation: item.Arg}
	if !was {
		return
	}
	n.router.Disconnect(l.peer)
	s.step(n, item.At, engine.PeerDown{Peer: s.world.founding.names[l.peer]})
}
