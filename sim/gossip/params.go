package gossip

import (
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/sim/scenario"
)

// InitialDelay is how long after its start a node has its first heartbeat, in us; the others follow every Params.Heartbeat.
// Source: GossipSubHeartbeatInitialDelay.
const InitialDelay = 100_000

const second = uint64(scenario.Second) // in us

// What neither scenarios nor package mesh change. Source: the constants of the same names in gossipsub.go of go-libp2p-pubsub.
const (
	pruneBackoff         = 60 * second
	backoffSlack         = 2 * second // added before a backoff is forgotten
	backoffTicks         = 15         // heartbeats between looking for backoffs to forget
	retransmission       = 3
	maxIHaveLength       = 5000
	maxIHaveMessages     = 10
	maxIDontWantLength   = 10
	maxIDontWantMessages = 1000
	iDontWantTTL         = 3 // heartbeats
)

// maxHistory bounds Params.HistoryLength: a router counts the messages of each heartbeat.
const maxHistory = 1000

// ErrParams is wrapped by the errors of NewParams.
var ErrParams = errors.New("gossip: parameters that gossipsub does not run with")

// Params are the parameters of all routers of a network. They are shared and not changed.
type Params struct {
	D, Low, High  int     // peers in a topic's mesh: aim, fewest, and the number at which it is cut back to D
	Out           int     // of them dialled by the node itself, at least
	Lazy          int     // peers outside of the mesh that are told of messages at a heartbeat, at least
	Factor        float64 // and at least this part of them
	Heartbeat     uint64  // us
	HistoryLength int     // heartbeats for which a message can be had by IWant
	HistoryGossip int     // heartbeats at which it is told of by IHave
	Seen          uint64  // us for which a message is known as seen, at least
	FloodPublish  bool    // own messages go to all peers
	IDontWant     int     // bytes of data from which a message is announced by IDontWant
}

// NewParams returns the parameters that a scenario sets. The quota of dialled peers is package mesh's 1, or 0 where the mesh is
// too thin for a quota. Errors wrap ErrParams and name the key.
func NewParams(g scenario.Gossip) (Params, error) {
	p := Params{
		D: g.D, Low: g.Low, High: g.High, Lazy: g.Lazy, Factor: g.Factor, Heartbeat: uint64(g.Heartbeat),
		HistoryLength: g.HistoryLength, HistoryGossip: g.HistoryGossip, Seen: uint64(g.Seen),
		FloodPublish: g.FloodPublish, IDontWant: g.IDontWant,
	}
	if g.Low > 1 && g.D/2 > 1 { // Out has to be below both
		p.Out = 1
	}
	return p, p.validate()
}

// validate is the rules of GossipSubParams.validate and those that a running router takes for granted.
func (p *Params) validate() error {
	rules := []struct {
		holds bool
		text  string
	}{
		{0 <= p.Low && p.Low <= p.D && p.D <= p.High, fmt.Sprintf("d_low %d, d %d, d_high %d: they have to rise", p.Low, p.D, p.High)},
		{p.Lazy >= 0, fmt.Sprintf("d_lazy %d is negative", p.Lazy)},
		{0 <= p.Factor && p.Factor <= 1, fmt.Sprintf("gossip_factor %g is not between 0 and 1", p.Factor)},
		{p.Heartbeat > 0, "heartbeat is 0: the mesh would never be built"},
		{0 < p.HistoryLength && p.HistoryLength <= maxHistory,
			fmt.Sprintf("history_length %d is not between 1 and %d", p.HistoryLength, maxHistory)},
		{0 <= p.HistoryGossip && p.HistoryGossip <= p.HistoryLength,
			fmt.Sprintf("history_gossip %d is not between 0 and history_length %d", p.HistoryGossip, p.HistoryLength)},
		{p.Seen > 0 && p.Seen <= maxSeen, fmt.Sprintf("seen of %d us is not between 1 us and an hour", p.Seen)},
		{p.IDontWant >= 0, fmt.Sprintf("idontwant %d is negative", p.IDontWant)},
	}
	for _, rule := range rules {
		if !rule.holds {
			return fmt.Errorf("%w: %s", ErrParams, rule.text)
		}
	}
	return nil
}
