package gossip

// Kind is what a control message asks or tells.
type Kind uint8

// The kinds of control messages, as in the protobuf ControlMessage of gossipsub v1.2.
const (
	Graft     Kind = iota + 1 // take me into your mesh of the topic
	Prune                     // I took you out of my mesh of the topic; do not graft me for a minute
	IHave                     // I hold the messages IDs of the topic
	IWant                     // send me the messages IDs
	IDontWant                 // do not send me the messages IDs, they are here
)

// Control is a control message to one peer. It goes out as an RPC of its own.
type Control struct {
	To    uint32
	Kind  Kind
	Topic uint8     // of Graft, Prune and IHave; 0 for the others, which have none
	IDs   []Message // of IHave, IWant and IDontWant; read only: controls share them, and the memory is the outbox's
}

// Outbox collects the control messages of one or more calls. One for each shard is enough: whoever drives the routers resets
// it when what is in it has been sent, and copies the IDs of what is under way for longer.
type Outbox struct {
	Controls []Control

	ids        []Message // what Controls' IDs are cut from
	candidates []uint32  // scratch
}

// Reset empties the outbox and keeps its memory. The IDs of its controls are no longer valid.
func (o *Outbox) Reset() {
	clear(o.Controls)
	o.Controls, o.ids = o.Controls[:0], o.ids[:0]
}

func (o *Outbox) add(c Control) { o.Controls = append(o.Controls, c) }

// hold copies ids to memory that stays until Reset.
func (o *Outbox) hold(ids ...Message) []Message {
	start := len(o.ids)
	o.ids = append(o.ids, ids...)
	return o.ids[start:len(o.ids):len(o.ids)]
}

// sample holds limit of the ids, drawn at random.
func (o *Outbox) sample(ids []Message, limit int, d *draws) []Message {
	held := o.hold(ids...)
	choose(held, limit, d)
	o.ids = o.ids[:len(o.ids)-len(held)+limit]
	return held[:limit:limit]
}
