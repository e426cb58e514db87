package engine

import (
	"slices"
	"sort"

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
	theirs  *dag.Marks // what it offered last, to be looked at again at lookAt, in ms; nil if there is nothing to look at
	lookAt  uint64
	restAt  uint64    // until then, in ms, its offers are not followed up: the last time there was nothing new
	lacks   uint64    // the epoch of which it lacks the certificate; 0 for none
	epoch   uint64    // that it was in when it last told; 0 for unknown
	equalAt uint64    // when its digest was last seen to equal ours
	signed  uint64    // size of the newest checkpoint it is known to have
	asks    allowance // what it asks of this node
	asked   allowance // what this node asks of it, as it will count that
}

// pass is one way through what a peer holds beyond what is here, in as many requests and answers as it takes.
type pass struct {
	tag    uint64 // of the request under way: a process that has just started may get answers to what the one before it asked
	mask   uint64 // the buckets it is about
	from   uint64 // how far the answers came, as dag.Missing.From
	at     uint64 // ms of the request that has not been answered; 0 for none
	barren int    // answers in a row that brought nothing new
	held   bool   // the next request waits until the peer will take it
}

// peers is the connected peers, in the order of their ids.
type peers struct {
	list     []peer
	offerAt  uint64
	turn     int    // in list: whom the next offers go to first
	lookAt   uint64 // when an offer is to be looked at again; 0 for never
	askAt    uint64
	queuedAt uint64 // when a pass that waits for others is to be tried again; 0 if none waits
	served   int    // in list: who was asked last of those that waited
	held     bool   // a pass may have to wait; see goOn
	behindAt uint64 // when a peer last had more to tell than fits a message
	inSync   bool   // as last reported
	judged   bool   // whether it was reported
}

// place returns where the peer with an id is in the list, or would be.
func (p *peers) place(id string) (n int, ok bool) {
	n = sort.Search(len(p.list), func(n int) bool { return p.list[n].id >= id })
	return n, n < len(p.list) && p.list[n].id == id
}

// find returns a connected peer; nil if it is none. It is valid until one comes or goes.
func (p *peers) find(id string) *peer {
	if n, ok := p.place(id); ok {
		return &p.list[n]
	}
	return nil
}

// startAnew makes the comparison with all peers begin again, since an epoch has. Unless this node has still to be told how far its own
// chain goes, what they hold comes by gossip, and what does not shows in their offers.
func (p *peers) startAnew(ask bool) {
	for n := range p.list {
		q := &p.list[n]
		q.pass, q.theirs, q.todo, q.restAt, q.equalAt = pass{}, nil, 0, 0, 0
		if ask {
			q.todo = ^uint64(0)
		}
	}
	p.held, p.behindAt = false, 0
	if ask {
		p.queuedAt = 1
	}
}

// peerUp starts the exchange with a peer: it is told what is here and asked for all that is not.
func (e *Engine) peerUp(now uint64, in PeerUp, out *Effects) {
	e.peerDown(in.Peer)
	n, _ := e.peers.place(in.Peer)
	e.peers.list = slices.Insert(e.peers.list, n, peer{id: in.Peer, member: in.Member, since: now, todo: ^uint64(0)})
	e.peers.offerAt = min(e.peers.offerAt, now+offerSoon)
	e.newOffers().send(now, &e.peers.list[n], out)
	e.request(now, &e.peers.list[n], nil, out)
}

func (e *Engine) peerDown(id string) {
	e.peers.list = slices.DeleteFunc(e.peers.list, func(p peer) bool { return p.id == id })
}
