package engine

import (
	"slices"
	"strings"

	"github.com/ledgerofthings/lot/dag"
)

// peer is what the engine knows of a connected peer.
type peer struct {
	id     string
	member dag.Key
	since  uint64
	// todo has a bit for each bucket in which the peer has not yet said that it holds nothing further.
	todo    uint64
	pass    pass
	restAt  uint64    // until then, in ms, its offers are not followed up: the last time there was nothing new
	told    bool      // it has said so for every bucket since it connected
	equalAt uint64    // when its digest was last seen to equal ours
	signed  uint64    // size of the newest checkpoint it is known to have
	asks    allowance // what it asks of this node
	asked   allowance // what this node asks of it, as it will count that
}

// pass is one way through what a peer holds beyond what is here, in as many requests and answers as it takes.
type pass struct {
	mask   uint64 // the buckets it is about
	from   uint64 // how far the answers came, as dag.Missing.From
	at     uint64 // ms of the request that has not been answered; 0 for none
	barren int    // answers in a row that brought nothing new
	held   bool   // the next request waits until the peer will take it
}

// peers is the connected peers, in the order of their ids.
type peers struct {
	list     []*peer
	override bool // an operator lets the node issue without having been told
	offerAt  uint64
	askAt    uint64
	behindAt uint64 // when a peer last had more to tell than fits a message
	inSync   bool   // as last reported
	judged   bool   // whether it was reported
}

func (p *peers) find(id string) *peer {
	n, ok := slices.BinarySearchFunc(p.list, id, func(q *peer, id string) int { return strings.Compare(q.id, id) })
	if !ok {
		return nil
	}
	return p.list[n]
}

// peerUp starts the exchange with a peer: it is told what is here and asked for all that is not.
func (e *Engine) peerUp(now uint64, in PeerUp, out *Effects) error {
	e.peerDown(in.Peer)
	n, _ := slices.BinarySearchFunc(e.peers.list, in.Peer, func(q *peer, id string) int { return strings.Compare(q.id, id) })
	p := &peer{id: in.Peer, member: in.Member, since: now, todo: ^uint64(0)}
	e.peers.list = slices.Insert(e.peers.list, n, p)
	if err := e.offer(now, p, out); err != nil {
		return err
	}
	return e.request(now, p, nil, out)
}

func (e *Engine) peerDown(id string) {
	e.peers.list = slices.DeleteFunc(e.peers.list, func(p *peer) bool { return p.id == id })
}

// weightTold returns the weight of the other committee members that have told this node all they hold, the weight of all
// other members, and the weight of the whole committee.
func (e *Engine) weightTold() (told, others, total uint64) {
	self := e.config.Self.Signer.Key()
	for _, m := range e.config.Network.Committee.Members() {
		total += m.Weight
		if m.Key == self {
			continue
		}
		others += m.Weight
		if slices.ContainsFunc(e.peers.list, func(p *peer) bool { return p.told && p.member == m.Key }) {
			told += m.Weight
		}
	}
	return told, others, total
}

// knowsOwnChain reports whether the node may rely on knowing its own last event: other members of more than a third of
// the weight, or all of them, have told it all they hold. A node that runs on an old copy of its disk learns its own
// later events by that, and does not fork its chain.
func (e *Engine) knowsOwnChain() bool {
	if e.chain.known || e.peers.override {
		return true
	}
	told, others, total := e.weightTold()
	e.chain.known = others == 0 || told == others || 3*told > total
	return e.chain.known
}

// mayIssue reports whether the node may issue events now; if not, why.
func (e *Engine) mayIssue() (ok bool, why string) {
	switch {
	case e.graph.Forked(e.config.Self.Signer.Key()):
		return false, "this node's key has issued two events with one number and is frozen; it needs a new key"
	case !e.knowsOwnChain():
		return false, "too few members have told this node how far its own chain goes"
	case len(e.peers.list) == 0 && len(e.config.Network.Members) > 1:
		return false, "no peer is connected"
	}
	return true, ""
}
