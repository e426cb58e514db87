package attack

import (
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
)

var lyingSyncKind = kind("lying-sync", "lies in the exchange: wrong digests, answers that are garbage, endless or missing, and requests for everything",
	makeLyingSync,
	Param{"digest", 1, 0, 1, "share of offers whose digest is wrong"},
	Param{"garbage", 1, 0, 1000, "weight of answers full of garbage, beside the others"},
	Param{"endless", 1, 0, 1000, "weight of answers that bring nothing and promise more"},
	Param{"nothing", 1, 0, 1000, "weight of answers that are not given"},
	Param{"honest", 0, 0, 1000, "weight of honest answers"},
	Param{"greed", 5, 0, 1000, "requests for everything a second, to each peer"},
)

func makeLyingSync(c *captive) (attacker, error) {
	l := &lyingSync{captive: c, digest: c.param("digest"), lies: lottery{c.param("garbage"), c.param("endless"), c.param("nothing"), c.param("honest")}}
	if greed := c.param("greed"); greed > 0 {
		l.greed.every = max(1, uint64(1000/greed))
	}
	return l, nil
}

// lyingSync gossips honestly and lies in the exchange of graphs.
//
// It hopes that peers ask it again and again for what it never gives, take its word for being in sync, decode and check garbage,
// and spend their time and lines on its requests. A node that just started, or that is connected to few others, suffers most.
//
// Against it: an answer is taken only by who asked; garbage is dropped by its signature before the graph sees it; a peer that brings
// nothing in many answers is left alone until its request has timed out; an answer that turns back ends the pass; requests are
// answered within an allowance for each peer; missing parents are asked of anyone after two tries with one. That a digest equals
// proves nothing: what is missing shows by a parent.
//
// A report shows exchange traffic at its links, dropped blocks, throttled requests, and a restarted neighbour in sync by its other
// peers. A node with no other peer gets only what gossip brings.
//
// See A. Singh et al., "Eclipse attacks on overlay networks: threats and defenses", INFOCOM 2006.
type lyingSync struct {
	*captive
	digest float64
	lies   lottery
	greed  ticker
	served uint64 // how far the endless answers have come
}

// The ways to answer, by their places in lyingSync.lies.
const (
	lieGarbage = iota
	lieEndless
	lieNothing
)

func (l *lyingSync) step(now uint64, in engine.Input, out *Effects) error {
	l.pester(now, out)
	if m, ok := in.(engine.Sync); ok && l.lie(m, out) {
		in = engine.Wake{}
	}
	mark := len(out.Sends)
	if err := l.captive.step(now, in, out); err != nil {
		return err
	}
	for n := range out.Sends[mark:] {
		send := &out.Sends[mark+n]
		if _, ok := send.Message.(*dag.Offer); ok && l.Random.Float64() < l.digest {
			send.Message = l.wrongOffer()
		}
	}
	return nil
}

// lie answers a request and reports whether the engine is not to see the message.
func (l *lyingSync) lie(in engine.Sync, out *Effects) bool {
	m, ok := in.Message.(*dag.Missing)
	if !ok {
		return false
	}
	answer := &dag.Inform{Tag: m.Tag, Epoch: m.Epoch, Answer: m.Mask}
	switch l.lies.draw(l.Random.Float64()) {
	case lieGarbage:
		answer.Blocks = l.garbage()
	case lieEndless:
		l.served = min(max(l.served, m.From)+1, dag.MaxInteger)
		answer.Next = l.served
	case lieNothing:
		return true
	default:
		return false
	}
	out.Sends = append(out.Sends, engine.Send{Peer: in.From, Message: answer})
	return true
}

// garbageBlocks is how many blocks an answer full of garbage has.
const garbageBlocks = 32

// garbage returns blocks that are no events: noise, and events of the graph with a byte changed.
func (l *lyingSync) garbage() [][]byte {
	graph := l.Engine.Graph()
	blocks := make([][]byte, garbageBlocks)
	for n := range blocks {
		if n%2 == 0 || graph.Len() == 0 {
			blocks[n] = make([]byte, 1+l.Random.IntN(512))
			l.fill(blocks[n])
			continue
		}
		event := graph.Arena().Event(graph.At(l.Random.IntN(graph.Len())))
		blocks[n] = slices.Clone(event.Block())
		blocks[n][l.Random.IntN(len(blocks[n]))] ^= 1 + byte(l.Random.IntN(255))
	}
	return blocks
}

// wrongOffer returns an offer of a graph that does not exist, with a checkpoint that nobody signed.
func (l *lyingSync) wrongOffer() *dag.Offer {
	var d dag.Digest
	for n := range d {
		l.fill(d[n][:])
	}
	o := dag.NewOffer(l.Network.Epoch, d)
	o.Signed, o.Note = l.Random.Uint64N(dag.MaxInteger), make([]byte, 256)
	l.fill(o.Note)
	return o
}

// pester asks every peer for all that it has, as if nothing were here.
func (l *lyingSync) pester(now uint64, out *Effects) {
	if !l.greed.rings(now, out) {
		return
	}
	for _, peer := range l.peers.list {
		out.Sends = append(out.Sends, engine.Send{Peer: peer.id, Message: &dag.Missing{Epoch: l.Network.Epoch, Mask: ^uint64(0)}, Asks: true})
	}
}
