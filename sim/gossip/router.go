package gossip

// The topics of a network.
const (
	Events      uint8 = 0
	Checkpoints uint8 = 1
	Topics            = 2
)

// Message is the number of a gossip message within its shard. Messages with the same content have the same number for as long
// as some node knows them as seen; numbers rise with the time of a message's first copy in the shard.
type Message uint32

// Nobody is the sender of a node's own messages. No node has this number.
const Nobody = ^uint32(0)

// Router is gossipsub in one node. It must not be copied once it is in use. A node that starts anew gets a new one.
type Router struct {
	params *Params
	ticks  uint64 // heartbeats
	peers  []peer // in ascending order

	mesh     [Topics][]uint32
	history  [Topics]windows[Message] // the message cache: for HistoryLength heartbeats
	served   windows[copyFor]         // copies sent because of IWant, likewise
	unwanted windows[copyFor]         // what peers do not want, for iDontWantTTL heartbeats
	seen     seen
}

// copyFor is a copy of a message for a peer: the peer in the upper half, the message in the lower.
type copyFor uint64

func copyOf(m Message, peer uint32) copyFor { return copyFor(peer)<<32 | copyFor(m) }

func (c copyFor) message() Message { return Message(c) }

func (c copyFor) peer() uint32 { return uint32(c >> 32) }

// NewRouter returns the router of a node that starts at now, in us. p must be valid, as NewParams returns it.
func NewRouter(p *Params, now uint64) Router {
	r := Router{params: p, seen: newSeen(p.Seen, now)}
	length := p.HistoryLength
	counts := make([]uint32, (Topics+1)*length+iDontWantTTL)
	for topic := range r.history {
		r.history[topic].counts, counts = counts[:length:length], counts[length:]
	}
	r.served.counts, r.unwanted.counts = counts[:length:length], counts[length:]
	return r
}

// Mesh returns the peers in a topic's mesh. It is read only, and valid until the next call that changes the router.
func (r *Router) Mesh(topic uint8) []uint32 { return r.mesh[topic] }

// Peers appends the connected peers to buf, in ascending order.
func (r *Router) Peers(buf []uint32) []uint32 {
	for i := range r.peers {
		if r.peers[i].connected {
			buf = append(buf, r.peers[i].number)
		}
	}
	return buf
}
