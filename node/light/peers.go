package light

import (
	"slices"
	"strings"

	"github.com/ledgerofthings/lot/dag"
)

// failureRest is for how long a peer that gave no answer is not asked, in ms, times how often it failed in a row.
const failureRest = 2_000

// maxRest bounds it.
const maxRest = 60_000

// peer is a full gateway that is connected.
type peer struct {
	id       string
	member   dag.Key
	weight   uint64
	failures int
	restTill uint64 // ms
	told     told   // the newest that it said of this gateway's key
	heading  bool   // it was asked for a checkpoint and has not answered
	unlinked bool   // it led over the end of an epoch without showing that the log goes on
}

// peers are those that are connected. Of these a few, the active ones, are asked.
type peers struct {
	connected []*peer             // by rising id
	active    []*peer             // the one that has been so longest comes first
	liars     map[string]struct{} // asked no more while the process runs
	rotateAt  uint64
}

func (p *peers) init() { p.liars = map[string]struct{}{} }

func (p *peers) find(id string) *peer {
	i, ok := p.place(id)
	if !ok {
		return nil
	}
	return p.connected[i]
}

func (p *peers) place(id string) (int, bool) {
	return slices.BinarySearchFunc(p.connected, id, func(a *peer, id string) int { return strings.Compare(a.id, id) })
}

func (p *peers) up(in PeerUp) {
	i, known := p.place(in.Peer)
	if _, lied := p.liars[in.Peer]; known || lied {
		return
	}
	p.connected = slices.Insert(p.connected, i, &peer{id: in.Peer, member: in.Member, weight: in.Weight})
}

func (p *peers) down(id string) {
	i, ok := p.place(id)
	if !ok {
		return
	}
	gone := p.connected[i]
	p.connected = slices.Delete(p.connected, i, i+1)
	p.active = slices.DeleteFunc(p.active, func(a *peer) bool { return a == gone })
}

// ban makes a peer one that is asked no more.
func (p *peers) ban(id string) {
	p.liars[id] = struct{}{}
	p.down(id)
}

// rotate fills up the active peers, and now and then replaces the one that has been active longest.
func (p *peers) rotate(now uint64, c *Config) {
	if now >= p.rotateAt {
		if p.rotateAt != 0 && len(p.active) > 0 && len(p.connected) > len(p.active) {
			p.active = slices.Delete(p.active, 0, 1)
		}
		p.rotateAt = now + c.Policy.Rotate
	}
	for len(p.active) < min(c.Policy.Peers, len(p.connected)) {
		var idle []*peer
		for _, q := range p.connected {
			if !slices.Contains(p.active, q) {
				idle = append(idle, q)
			}
		}
		p.active = append(p.active, idle[c.Self.Random.IntN(len(idle))])
	}
}

// pick returns one of the active peers that need not rest and may be asked, by chance, so that nobody is asked for one kind of thing
// only; nil if there is none.
func (m *Machine) pick(now uint64, may func(*peer) bool) *peer {
	active := m.peers.active
	if len(active) == 0 {
		return nil
	}
	first := m.config.Self.Random.IntN(len(active))
	for n := range active {
		if p := active[(first+n)%len(active)]; now >= p.restTill && may(p) {
			return p
		}
	}
	return nil
}

// anybody lets pick choose among all.
func anybody(*peer) bool { return true }

// answered notes that a peer answered, or that it did not.
func (p *peer) answered(now uint64, ok bool) {
	if ok {
		p.failures, p.restTill = 0, 0
		return
	}
	p.failures++
	p.restTill = now + min(uint64(p.failures)*failureRest, maxRest)
}
