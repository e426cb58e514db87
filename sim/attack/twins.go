package attack

import (
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/node/engine"
)

var twinsKind = kind("twins", "runs a second, honest engine with the same key, each with one half of the peers", makeTwins)

func makeTwins(c *captive) (attacker, error) {
	if c.Twin == nil {
		return nil, fmt.Errorf("%w: it needs a second engine of its node; the driver gives none", ErrVictim)
	}
	twin, err := c.Twin()
	if err != nil {
		return nil, fmt.Errorf("make the second engine: %w", err)
	}
	return &twins{captive: c, engines: [sides]*engine.Engine{c.Engine, twin}}, nil
}

// twins is what happens when a key is copied to a second machine and both run: two engines that follow the protocol, each with one half
// of the node's peers, and neither knows of the other. The first one has the node's disk, devices and payments.
//
// It hopes, if that is a word for an accident, for nothing. As an attack it is the strongest equivocation there is, since both
// halves do everything right; accomplices split their peers alike.
//
// Against it: as against equivocate. What the other half builds names its events as parents, by which both engines find out
// that their key has forked, and stop issuing.
//
// A report shows the key forked and frozen within seconds, the reason in the node's status, and one order; with a third of the
// weight or more, and honest halves that do not reach each other, two.
//
// See S. Bano et al., "Twins: BFT systems made robust", OPODIS 2021.
type twins struct {
	*captive
	engines [sides]*engine.Engine
	begun   bool
	effects engine.Effects // of one engine's step
	wakes   [sides]uint64  // when each wants to be woken, ms; 0 for never
}

func (t *twins) step(now uint64, in engine.Input, out *Effects) error {
	if !t.begun {
		t.begun = true
		if err := t.begin(now, out); err != nil {
			return err
		}
	}
	if err := t.deal(now, in, out); err != nil {
		return err
	}
	for _, at := range t.wakes {
		wake(out, at)
	}
	return nil
}

// deal gives an input to the engine that it is for.
func (t *twins) deal(now uint64, in engine.Input, out *Effects) error {
	to := []int{sideOf(source(in))}
	switch known := in.(type) {
	case engine.Wake, engine.Cosigned:
		to = []int{0, 1}
	case engine.Gossip:
		if t.peers.isFriend(known.From) {
			return t.dealFriendly(now, known, out)
		}
	case engine.Sync, engine.PeerUp, engine.PeerDown:
		if t.peers.isFriend(source(in)) {
			return nil // accomplices tell each other all by gossip
		}
	}
	for _, side := range to {
		if err := t.run(now, side, in, out); err != nil {
			return err
		}
	}
	return nil
}

// dealFriendly gives each engine the events of the accomplices' engines on its side.
func (t *twins) dealFriendly(now uint64, in engine.Gossip, out *Effects) error {
	var dealt [sides]engine.Gossip
	for _, v := range in.Events {
		if slices.Contains(t.peers.gang, v.Key()) {
			g := &dealt[v.Time()%sides]
			g.From, g.Events = in.From, append(g.Events, v)
		}
	}
	for side, g := range dealt {
		if len(g.Events) == 0 {
			continue
		}
		if err := t.run(now, side, g, out); err != nil {
			return err
		}
	}
	return nil
}

// keepsGossip says that what one half says does not reach the other through this node: these are two machines.
func (*twins) keepsGossip() bool { return true }

// source returns the peer that an input is from or about; empty if it is the node's own business.
func source(in engine.Input) string {
	switch in := in.(type) {
	case engine.Gossip:
		return in.From
	case engine.Sync:
		return in.From
	case engine.PeerUp:
		return in.Peer
	case engine.PeerDown:
		return in.Peer
	}
	return ""
}

// begin gives the second engine its half of the peers.
func (t *twins) begin(now uint64, out *Effects) error {
	if err := t.run(now, 1, engine.Override{}, out); err != nil {
		return err
	}
	for _, peer := range t.peers.side(1) {
		if err := t.run(now, 0, engine.PeerDown{Peer: peer}, out); err != nil {
			return err
		}
		if t.peers.isFriend(peer) {
			continue
		}
		if err := t.run(now, 1, engine.PeerUp{Peer: peer}, out); err != nil {
			return err
		}
	}
	return nil
}

// run steps one of the engines, at a time that is even for the first and odd for the second, by which accomplices tell their
// events apart. What it says to all goes to its half of the peers; what the second one reports of itself is dropped.
func (t *twins) run(now uint64, side int, in engine.Input, out *Effects) error {
	t.effects.Reset()
	if err := t.engines[side].Step(now+(now+uint64(side))%sides, in, &t.effects); err != nil {
		return err
	}
	for _, b := range t.effects.Broadcasts {
		out.Whispers = append(out.Whispers, Whisper{Topic: b.Topic, Data: b.Data, Peers: t.peers.side(side)})
	}
	out.Sends = append(out.Sends, t.effects.Sends...)
	if side == 0 {
		out.Replies = append(out.Replies, t.effects.Replies...)
		out.Notices = append(out.Notices, t.effects.Notices...)
	}
	t.wakes[side] = t.effects.WakeAt
	return nil
}

// end lets the second engine go and gives its peers to the first.
func (t *twins) end(now uint64, out *Effects) error {
	for _, peer := range t.peers.side(1) {
		if err := t.captive.step(now, engine.PeerUp{Peer: peer}, out); err != nil {
			return err
		}
	}
	return nil
}
