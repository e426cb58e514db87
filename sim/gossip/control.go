package gossip

// Kind is what a control message asks or tells.
type Kind uint8

// The kinds of control messages, as in the protobuf ControlMessage of gossipsub v1.2.
const (
	Graft     Kind = iota + 1 // take me into your mesh of the topic
	Prune                     // I took you out of my mesh of the topic; do not graft for Params.PruneBackoff
	IHave                     // I hold the messages IDs of the topic
	IWant                     // send me the messages IDs
	IDontWant                 // do not send me the messages IDs, they are here
)

// Control is a control message to one peer. It goes out as an RPC of its own.
type Control struct {
	To    uint32
	Kind  Kind
	Topic uint8     // of Graft, Prune and IHave; 0 for the others, which have none
	IDs   []Message // of IHave, IWant and IDontWant; shared by several controls, so read only, and valid until Outbox.Reset
}

// Outbox collects the control messages of one or more calls. The driver keeps one for each shard and resets it when it has
// sent or copied what is in it; the memory stays.
type Outbox struct {
	Controls []Control
}

// Reset empties the outbox.
func (o *Outbox) Reset() { o.Controls = o.Controls[:0] }

// Size returns the bytes of the control message on a stream.
func (c *Control) Size() int { return 0 }

// MessageSize returns the bytes on a stream of one copy of a gossip message with that many bytes of data.
func MessageSize(topic uint8, data int) int { return data }
