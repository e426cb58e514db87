package scenario

import (
	"slices"

	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
)

// epochs checks how long epochs are, and what nodes keep of them.
func (c *checker) epochs() {
	n := &c.s.Network
	for _, p := range []struct {
		key   string
		value uint64
		name  string
		least uint64
	}{
		{"network.epoch_rounds", n.EpochRounds, "epoch_rounds", 2}, // a quorum may not set it as low as a genesis may
		{"network.epoch_events", n.EpochEvents, "epoch_events", 2},
		{"network.admissions", n.Admissions, "admissions", 0},
	} {
		at := slices.IndexFunc(governance.ParameterRanges(), func(r governance.ParameterRange) bool { return r.Name == p.name })
		between(c, p.key, p.value, p.least, governance.ParameterRanges()[at].Max)
	}
	if n.Keep != 0 {
		c.milliseconds("network.keep", n.Keep, Millisecond, MaxDuration)
	}
}

// membership checks those who come and go, and what the committee is asked.
func (c *checker) membership() {
	for n := range c.s.Joins {
		c.join(element("join", n), &c.s.Joins[n])
	}
	for n := range c.s.Leaves {
		key, l := element("leave", n), &c.s.Leaves[n]
		c.nodes(join(key, "nodes"), l.Nodes)
		c.within(join(key, "at"), l.At)
	}
	for n := range c.s.Governs {
		c.govern(element("govern", n), &c.s.Governs[n])
	}
}

// within checks that something happens in the run.
func (c *checker) within(key string, at Duration) {
	if c.fine(keyDuration) && at >= c.s.Duration {
		c.wrong(key, "%v is not within the run, which lasts %v: let it happen earlier or raise duration", at, c.s.Duration)
	}
}

// join checks nodes that come later.
func (c *checker) join(key string, j *Join) {
	c.nodes(join(key, "nodes"), j.Nodes)
	c.nodes(join(key, "sponsors"), j.Sponsors)
	c.within(join(key, "at"), j.At+min(j.Within, MaxDuration))
	if !c.fine(keyNodes, keyCommittee, join(key, "nodes")) {
		return
	}
	parts, err := j.Nodes.parts(c.s.Network.Nodes, c.s.Network.Committee)
	if err == nil && slices.ContainsFunc(parts, func(p part) bool { return p.first < c.s.Network.Committee }) {
		c.wrong(join(key, "nodes"), "%q can name members of the committee, who are there from the start: name gateways", string(j.Nodes))
	}
}

// govern checks a proposal.
func (c *checker) govern(key string, g *Govern) {
	c.within(join(key, "at"), g.At)
	c.nodes(join(key, "by"), g.By)
	c.nodes(join(key, "approvers"), g.Approvers)
	if g.Lapse != 0 {
		c.milliseconds(join(key, "lapse"), g.Lapse, Millisecond, governance.MaxVoting*Millisecond)
	}
	if !c.oneOf(join(key, "verb"), g.Verb, "proposal", verbs) {
		return
	}
	if g.Verb == GovernSeat || g.Verb == GovernRemove {
		c.nodes(join(key, "nodes"), g.Nodes)
		if count := c.s.count(g.Nodes); c.fine(keyNodes, keyCommittee) && count > governance.MaxActions {
			c.wrong(join(key, "nodes"), "%q are %d nodes: a proposal is about %d at most", string(g.Nodes), count, governance.MaxActions)
		}
	} else {
		unused(c, join(key, "nodes"), g.Nodes, "proposal "+g.Verb)
	}
	if g.Verb == GovernSeat {
		between(c, join(key, "weight"), g.Weight, 0, governance.MaxWeight)
	} else {
		unused(c, join(key, "weight"), g.Weight, "proposal "+g.Verb)
	}
	c.governed(key, g)
}

// governed checks what a proposal sets.
func (c *checker) governed(key string, g *Govern) {
	switch g.Verb {
	case GovernParameter:
		if _, err := governance.DefaultParameters().Set(g.Name, g.Value); err != nil {
			c.wrong(join(key, "name"), "%v", err)
		}
		return
	case GovernVersion:
		unused(c, join(key, "name"), g.Name, "proposal "+g.Verb)
		between(c, join(key, "value"), g.Value, 2, MaxVersion)
		return
	case GovernPause, GovernRelease:
		if modules := []string{ledger.Anchors{}.Name(), ledger.Devices{}.Name()}; !slices.Contains(modules, g.Name) {
			c.wrong(join(key, "name"), "there is no module %.40q: %s", g.Name, suggest(g.Name, modules))
		}
	default:
		unused(c, join(key, "name"), g.Name, "proposal "+g.Verb)
	}
	unused(c, join(key, "value"), g.Value, "proposal "+g.Verb)
}

// MaxVersion is the highest protocol version that simulated nodes know. The later ones have the rules of the first: what a scenario
// shows is the change from one to the next.
const MaxVersion = 8
