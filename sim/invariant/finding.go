// Package invariant holds what must be true in every run of the simulator, and says where it was not.
package invariant

// Finding is one breach of an invariant.
type Finding struct {
	Rule   string `json:"rule"`   // the invariant's name, such as "one-order"
	At     uint64 `json:"at_us"`  // virtual time, microseconds since the start
	Node   int    `json:"node"`   // where it was seen; -1 for the whole network
	Detail string `json:"detail"` // what was seen, for people
}
