package store

// Range is a part of the database. Keys of one range are never seen in another.
type Range byte

// The ranges. What a step writes is in one of them; the datastore view's keys begin with a slash.
const (
	Engine   Range = 'e' // of the node's state machine
	Replicas Range = 'r' // which gateways keep whose batches

	datastoreRange = '/'
)

// key appends a key of the range as the database has it.
func (r Range) key(b, key []byte) []byte { return append(append(b, byte(r)), key...) }
