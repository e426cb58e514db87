package attack

import (
	"errors"

	"github.com/ledgerofthings/lot/node/engine"
)

// attacker is what an adversary does while its attack lasts.
type attacker interface {
	step(now uint64, in engine.Input, out *Effects) error
	// end gives back what is to be given back when the attack is over.
	end(now uint64, out *Effects) error
}

// term is the time of an attack: it runs the attacker until that is over, and the honest engine from then on.
type term struct {
	captive  *captive
	attacker attacker
	over     bool
}

// Step implements Adversary.
func (t *term) Step(now uint64, in engine.Input, out *Effects) error {
	t.captive.peers.note(in)
	until := t.captive.Until
	if !t.over && (until == 0 || now < until) {
		wake(out, until)
		return skip(t.attacker.step(now, in, out), out)
	}
	if !t.over {
		t.over = true
		if err := skip(t.attacker.end(now, out), out); err != nil {
			return err
		}
		t.captive.open()
		t.attacker = nil // with all that it kept
	}
	return t.captive.step(now, in, out)
}

// Forwards implements Forwarder.
func (t *term) Forwards() bool {
	keeps, ok := t.attacker.(interface{ keepsGossip() bool })
	return !ok || !keeps.keepsGossip()
}

// skip turns errors other than those of storage into a notice, as the engine does: what an adversary cannot do it leaves.
func skip(err error, out *Effects) error {
	if err != nil && !errors.Is(err, engine.ErrStorage) {
		out.Notices = append(out.Notices, engine.Skipped{Err: err})
		return nil
	}
	return err
}

// wake asks for a wake-up at a time, in ms; 0 for none.
func wake(out *Effects, at uint64) {
	if at != 0 && (out.WakeAt == 0 || at < out.WakeAt) {
		out.WakeAt = at
	}
}
