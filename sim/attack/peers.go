package attack

import (
	"slices"
	"strings"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
)

// peer is a connected peer.
type peer struct {
	id     string
	friend bool // it is an accomplice
}

// peers is the connected peers in rising order of their ids.
type peers struct {
	gang []dag.Key // the keys of the accomplices
	list []peer
}

// note takes notice of peers that come and go.
func (p *peers) note(in engine.Input) {
	switch in := in.(type) {
	case engine.PeerUp:
		n, known := p.find(in.Peer)
		if !known {
			p.list = slices.Insert(p.list, n, peer{id: in.Peer})
		}
		p.list[n].friend = slices.Contains(p.gang, in.Member)
	case engine.PeerDown:
		if n, known := p.find(in.Peer); known {
			p.list = slices.Delete(p.list, n, n+1)
		}
	}
}

func (p *peers) find(id string) (n int, known bool) {
	return slices.BinarySearchFunc(p.list, id, func(q peer, id string) int { return strings.Compare(q.id, id) })
}

// isFriend reports whether a connected peer is an accomplice.
func (p *peers) isFriend(id string) bool {
	n, known := p.find(id)
	return known && p.list[n].friend
}

// sides is in how many parts adversaries split their peers.
const sides = 2

// sideOf returns the side of a peer, 0 or 1: whether the last byte of its id is odd. It depends on nothing but the id, so that
// accomplices agree about it without a word.
func sideOf(peer string) int {
	if peer == "" {
		return 0
	}
	return int(peer[len(peer)-1] & 1)
}

// side returns the peers of a side, and the accomplices, who know both.
func (p *peers) side(side int) []string {
	return p.ids(func(q peer) bool { return q.friend || sideOf(q.id) == side })
}

// all returns all peers.
func (p *peers) all() []string { return p.ids(func(peer) bool { return true }) }

func (p *peers) ids(include func(peer) bool) (ids []string) {
	for _, q := range p.list {
		if include(q) {
			ids = append(ids, q.id)
		}
	}
	return ids
}

// any returns a peer at random; false if there is none.
func (p *peers) any(intN func(int) int) (string, bool) {
	if len(p.list) == 0 {
		return "", false
	}
	return p.list[intN(len(p.list))].id, true
}
