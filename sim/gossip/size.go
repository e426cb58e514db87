package gossip

// Lengths in bytes of what names things on the wire, as package mesh does.
const (
	idBytes        = 32                         // SHA-256
	networkBytes   = 52                         // 32 bytes in base32
	topicBytes     = 5 + networkBytes + 7       // /lot/ NETWORK /topic/
	eventsBytes    = topicBytes + len("events") // 70
	checkpointSize = topicBytes + len("checkpoints")
)

// Size returns the bytes of the control message on a stream: an RPC with its length in front. What the channel adds to it
// (Noise, yamux, TCP, IP) is not in it.
func (c *Control) Size() int {
	body := len(c.IDs) * field(idBytes)
	switch c.Kind {
	case Graft, IHave:
		body += field(nameBytes(c.Topic))
	case Prune:
		body += field(nameBytes(c.Topic)) + 1 + uvarint(int(pruneBackoff/second))
	}
	return rpc(field(field(body)))
}

// MessageSize returns the bytes on a stream of one copy of a message with that many bytes of data: an RPC with its length in
// front.
func MessageSize(topic uint8, data int) int { return rpc(field(field(data) + field(nameBytes(topic)))) }

func nameBytes(topic uint8) int {
	if topic == Checkpoints {
		return checkpointSize
	}
	return eventsBytes
}

// rpc returns the bytes of an RPC of n bytes with its length.
func rpc(n int) int { return uvarint(n) + n }

// field returns the bytes of a protobuf field of n bytes whose number is below 16: tag, length and content.
func field(n int) int { return 1 + uvarint(n) + n }

// uvarint returns the bytes of a protobuf varint.
func uvarint(n int) int {
	size := 1
	for ; n >= 0x80; n >>= 7 {
		size++
	}
	return size
}
