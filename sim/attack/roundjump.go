package attack

import "github.com/ledgerofthings/lot/node/engine"

var roundJumpKind = kind("round-jump", "claims the highest allowed round at once and waits for no leader and no votes",
	func(c *captive) (attacker, error) { return &roundJump{captive: c}, c.shut() })

// roundJump is a committee member that issues an event for the highest round its cone allows whenever its graph grows. Without a
// seat it issues nothing.
//
// It hopes to run ahead of the leaders' candidates, so that its votes are nil, and to draw the others along so that they vote
// nil too: with unrestricted jumping a committee can go on for ever without deciding anything.
//
// Against it: a round needs a quorum in the round before, of which it is less than half, and honest members wait for the candidate
// and the votes, or for their timer, before they go on. So it is one round ahead at most, and its nil votes alone skip nothing.
//
// A report shows its events up to one round before the others', nil votes from it, and the usual time to finality.
//
// See K. Babel et al., "Mysticeti: reaching the latency limits with uncertified DAGs", NDSS 2025, on rounds and waiting.
type roundJump struct {
	*captive
	eager eager
}

func (r *roundJump) step(now uint64, in engine.Input, out *Effects) error {
	if err := r.captive.step(now, in, out); err != nil || !r.eager.ready(r.captive) {
		return err
	}
	cone := r.prospect(r.last())
	round, rises := highest(cone)
	if !rises {
		return nil
	}
	return r.publish(now, r.witnessFields(now, r.own.last, round, cone), out)
}
