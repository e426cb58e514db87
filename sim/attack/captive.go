package attack

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
)

// captive is the node that was taken over, and what adversaries do with it.
type captive struct {
	Victim
	params []Param
	gate   *Gate // nil if the engine signs without one
	peers  peers
	member int // the number of its seat in this epoch; -1 without one
	own    ownChain
	turned func() // told when an epoch has begun, to forget what was about the graph before; nil for nothing to forget
}

func newCaptive(v Victim, params []Param) (*captive, error) {
	if v.Network == nil || v.Engine == nil || v.Random == nil || v.Self.Signer == nil {
		return nil, fmt.Errorf("%w: it has no network, engine, signer or randomness", ErrVictim)
	}
	if v.Until == math.MaxUint64 {
		v.Until = 0
	}
	c := &captive{Victim: v, params: params}
	c.enter(v.Network)
	c.gate, _ = v.Self.Signer.(*Gate)
	for _, other := range v.Others {
		c.peers.gang = append(c.peers.gang, other.Signer.Key())
	}
	for _, p := range v.Peers {
		c.peers.note(p)
	}
	return c, nil
}

// enter takes note of what holds in the epoch that the node is in. Nothing that was known of the graph before means anything in it.
func (c *captive) enter(n *engine.Network) {
	c.Network, c.own, c.member = n, ownChain{last: dag.NoIndex}, -1
	if seat, ok := n.Committee.Number(c.Self.Signer.Key()); ok {
		c.member = seat
	}
}

// param returns a parameter of the attack.
func (c *captive) param(name string) float64 {
	if value, ok := c.Params[name]; ok {
		return value
	}
	n := slices.IndexFunc(c.params, func(p Param) bool { return p.Name == name })
	return c.params[n].Default
}

// ms returns a parameter that is a time in ms.
func (c *captive) ms(name string) uint64 { return uint64(c.param(name)) }

// shut keeps the engine from issuing events until open.
func (c *captive) shut() error {
	if c.gate == nil {
		return fmt.Errorf("%w: its engine has to sign through NewGate, so that it can be kept from issuing events", ErrVictim)
	}
	c.gate.shut = true
	return nil
}

func (c *captive) open() {
	if c.gate != nil {
		c.gate.shut = false
	}
}

func (c *captive) isShut() bool { return c.gate != nil && c.gate.shut }

// signer returns what the adversary itself signs with.
func (c *captive) signer() dag.Signer {
	if c.gate != nil {
		return c.gate.signer
	}
	return c.Self.Signer
}

// step lets the honest engine have an input. While the gate is shut it forwards, answers and orders, and issues nothing; payments
// are refused, since the engine would take them for under way.
func (c *captive) step(now uint64, in engine.Input, out *Effects) error {
	mark := len(out.Notices)
	if !c.isShut() {
		err := c.Engine.Step(now, in, &out.Effects)
		c.follow(out.Notices[mark:])
		return err
	}
	if t, ok := in.(engine.Transfer); ok {
		refuse(t.Ticket, out)
		in = engine.Wake{}
	}
	err := c.Engine.Step(now, in, &out.Effects)
	rest := slices.DeleteFunc(out.Notices[mark:], func(n engine.Notice) bool {
		s, ok := n.(engine.Skipped)
		return ok && errors.Is(s.Err, ErrShut)
	})
	out.Notices = out.Notices[:mark+len(rest)]
	c.follow(rest)
	return err
}

// follow goes with the engine into the next epoch.
func (c *captive) follow(notices []engine.Notice) {
	for _, n := range notices {
		if sealed, ok := n.(engine.Sealed); ok {
			c.enter(sealed.Network)
			if c.turned != nil {
				c.turned()
			}
		}
	}
}

func refuse(t engine.Ticket, out *Effects) {
	if t != 0 {
		refusal := &engine.Refusal{Code: engine.CodeBusy, Detail: "this node issues no payments at present"}
		out.Replies = append(out.Replies, engine.Reply{Ticket: t, Refusal: refusal})
	}
}

// end is for attackers that have nothing to give back.
func (*captive) end(uint64, *Effects) error { return nil }

// accomplices returns the others of the same attack, those that follow this node first, so that each has another first.
func (c *captive) accomplices() []engine.Self {
	key := c.Self.Signer.Key()
	n := slices.IndexFunc(c.Others, func(s engine.Self) bool { return s.Signer.Key() == key })
	if n < 0 {
		return c.Others
	}
	return slices.Concat(c.Others[n+1:], c.Others[:n])
}
