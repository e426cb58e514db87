package attack

import (
	"slices"

	"github.com/ledgerofthings/lot/node/engine"
)

var silentKind = kind("silent", "issues no events and signs no checkpoints; forwards and answers like everybody",
	func(c *captive) (attacker, error) { return silent{c}, c.shut() })

// silent takes part in gossip and in the exchange and issues nothing, as a member does whose signing key is lost or whose
// operator wants to wear the others out.
//
// It hopes that the committee waits for its votes, and for its candidate in every slot that it leads.
//
// Against it: a quorum without it decides; a slot whose leader is silent is skipped by nil votes, and a leader that was skipped is
// not waited for in its next slots. A third of the weight or more that is silent stops the order, and nothing else can be
// done then: it goes on when they speak again.
//
// A report shows skipped slots in proportion to its weight, a slower start, and the usual time to finality soon after; with a
// third silent, no commits until the attack ends and then all payloads.
//
// See L. Lamport, R. Shostak, M. Pease, "The Byzantine generals problem", TOPLAS 4 (1982), on members that omit messages.
type silent struct{ *captive }

func (s silent) step(now uint64, in engine.Input, out *Effects) error {
	mark := len(out.Broadcasts)
	err := s.captive.step(now, in, out)
	rest := slices.DeleteFunc(out.Broadcasts[mark:], func(b engine.Broadcast) bool { return b.Topic == engine.TopicCheckpoints })
	out.Broadcasts = out.Broadcasts[:mark+len(rest)]
	return err
}
