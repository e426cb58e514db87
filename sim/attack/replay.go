package attack

import (
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
)

var replayKind = kind("replay", "sends old events, old checkpoint signatures and answers that nobody asked for, again and again",
	func(c *captive) (attacker, error) {
		return &replay{captive: c, budget: budget{rate: c.param("rate")}}, nil
	},
	Param{"rate", 20, 0.001, 10_000, "messages a second"},
)

// replay sends what was valid once to a random peer once more: an event of any age as gossip, a checkpoint signature, or some
// events as an answer in the exchange. The node behaves otherwise.
//
// It hopes that something counts twice, and that old messages travel the whole network again once their ids have been forgotten.
//
// Against it: an event is what its hash says, and the graph holds it once; gossip ignores an event whose number its key has passed
// here, so it does not go on; a signature on a log as long as one that a quorum has signed is ignored; an answer is taken only
// by who asked.
//
// A report shows duplicates on its links alone, one hop from it, and nothing else.
//
// See P. Syverson, "A taxonomy of replay attacks", CSFW 1994.
type replay struct {
	*captive
	budget     budget
	signatures [][]byte // checkpoint signatures that were heard
	next       int      // the place that is used next, once there are heardKept
}

// unasked is how many events an answer that nobody asked for has.
const unasked = 8

func (r *replay) step(now uint64, in engine.Input, out *Effects) error {
	if c, ok := in.(engine.Cosigned); ok {
		r.hear(c.Cosignature.Encode())
	}
	if err := r.captive.step(now, in, out); err != nil {
		return err
	}
	for range r.budget.take(now, out) {
		if peer, ok := r.peers.any(r.Random.IntN); ok && r.Engine.Graph().Len() > 0 {
			r.again(peer, out)
		}
	}
	return nil
}

func (r *replay) hear(signature []byte) {
	if len(r.signatures) < heardKept {
		r.signatures = append(r.signatures, signature)
		return
	}
	r.signatures[r.next] = signature
	r.next = (r.next + 1) % heardKept
}

// again sends something old to a peer.
func (r *replay) again(peer string, out *Effects) {
	to := []string{peer}
	switch n := r.Random.IntN(3); {
	case n == 0 && len(r.signatures) > 0:
		data := r.signatures[r.Random.IntN(len(r.signatures))]
		out.Whispers = append(out.Whispers, Whisper{Topic: engine.TopicCheckpoints, Data: data, Peers: to})
	case n == 1:
		answer := &dag.Inform{Epoch: r.Network.Epoch, Answer: ^uint64(0)}
		for range unasked {
			answer.Blocks = append(answer.Blocks, r.old())
		}
		out.Sends = append(out.Sends, engine.Send{Peer: peer, Message: answer})
	default:
		whisper(r.old(), to, out)
	}
}

// old returns the block of any event of the graph.
func (r *replay) old() []byte {
	graph := r.Engine.Graph()
	return graph.Arena().Event(graph.At(r.Random.IntN(graph.Len()))).Block()
}
