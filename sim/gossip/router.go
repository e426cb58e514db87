// Package gossip models gossipsub.
package gossip

// The topics of a network.
const (
	Events uint8 = iota
	Checkpoints
	Topics = 2
)

// Message is the number of a gossip message within its shard.
type Message uint32

// Nobody is the sender of a node's own messages.
const Nobody = ^uint32(0)

// Router is gossipsub in one node.
type Router struct {
	params *Params
}

// NewRouter returns the router of a node that starts at now, in us.
func NewRouter(p *Params, now uint64) Router { return Router{params: p} }

// Connect notes a connection to a peer; dialed tells whether this end opened it.
func (r *Router) Connect(peer uint32, dialed bool) {}

// Disconnect notes that the connection to a peer is gone.
func (r *Router) Disconnect(peer uint32) {}

// Peers appends the connected peers, in ascending order.
func (r *Router) Peers(buf []uint32) []uint32 { return buf }

// Mesh returns the peers in a topic's mesh. It is valid until the next call that changes the router, and must not be changed.
func (r *Router) Mesh(topic uint8) []uint32 { return nil }

// Receive marks a message as seen and reports whether it is new.
func (r *Router) Receive(m Message, now uint64) (fresh bool) { return false }

// Announce appends the IDontWant that goes to the mesh before a new message of that many bytes of data is judged, or an own
// one is published (from is Nobody then).
func (r *Router) Announce(topic uint8, m Message, data int, from uint32, out *Outbox) {}

// Forward remembers an accepted message for IWant and appends the mesh peers that it is to be sent to.
func (r *Router) Forward(topic uint8, m Message, from uint32, buf []uint32) []uint32 { return buf }

// Publish marks an own message as seen, remembers it and appends the peers that it is to be sent to. A message that was seen
// already goes to nobody.
func (r *Router) Publish(topic uint8, m Message, now uint64, buf []uint32) []uint32 { return buf }

// Heartbeat mends the meshes and tells peers of recent messages. draw is 64 random bits.
func (r *Router) Heartbeat(now, draw uint64, out *Outbox) {}

// Handle takes a control message of a peer, appends answers to out, and messages that are to be sent to the peer to resend.
func (r *Router) Handle(from uint32, c *Control, now, draw uint64, out *Outbox, resend []Message) []Message { return resend }
