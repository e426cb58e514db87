package queue

// Item is one thing that happens to one node at one time. The queue reads At, Source and Seq; the rest is the owner's.
type Item struct {
	At     uint64 // µs of virtual time since the start of the run
	Source uint32 // the node that caused it
	Seq    uint32 // Source's own running number: no two items have the same source and number
	Target uint32 // the node to which it happens
	Ref    uint32 // a number that says more by Kind: of a message, of a timer
	Arg    uint32 // a second such number
	Kind   uint8
	Topic  uint8
	Hops   uint16
}

// Before reports whether i comes out of a queue before other: the order is by At, then Source, then Seq. It depends on nothing
// but the items, so that it is the same for every number of shards.
func (i *Item) Before(other *Item) bool {
	return i.At < other.At || i.At == other.At && i.cause() < other.cause()
}

// cause is Source and Seq as one number of the same order.
func (i *Item) cause() uint64 { return uint64(i.Source)<<32 | uint64(i.Seq) }
