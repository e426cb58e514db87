package scenario

import (
	"math"
	"slices"
)

// Bounds of links and gossip. Nodes are simulated side by side for no longer than the shortest delay, so it must not be nothing.
const (
	minDelay = 10 * Microsecond
	maxDelay = 60 * Minute
	maxSeen  = 60 * Minute
)

// links checks how long messages take and what befalls them.
func (c *checker) links() {
	l := &c.s.Links
	c.share("links.loss", l.Loss)
	c.share("links.duplicate", l.Duplicate)
	c.share("links.reorder", l.Reorder)
	c.number("links.jitter", l.Jitter, 0, 100, "part of a delay")
	c.number("links.deviation", l.Deviation, 0, 10, "deviation")
	c.number("links.stretch", l.Stretch, 1, 100, "length in parts of the great circle")
	c.kbits("links.up", l.Up)
	c.kbits("links.down", l.Down)
	between(c, "links.delay", l.Delay, minDelay, maxDelay)
	between(c, "links.min", l.Min, minDelay, maxDelay)
	between(c, "links.max", l.Max, minDelay, maxDelay)
	between(c, "links.access", l.Access, 0, maxDelay)
	if c.oneOf("links.model", l.Model, "link model", linkModels) {
		c.linkModel(l)
	}
}

// kbits checks the speed of a line.
func (c *checker) kbits(key string, speed uint64) {
	if speed > math.MaxUint32 {
		c.wrong(key, "%d kbit/s is out of range: choose at most %d, or 0 for no limit", speed, uint64(math.MaxUint32))
	}
}

// linkModel checks what only some models use.
func (c *checker) linkModel(l *Links) {
	measured := slices.Contains(measuredModels, l.Model)
	switch {
	case measured:
		c.file("links.file", l.File, "measurements in the format of "+l.Model)
	case l.Model == LinksUniform && l.Min > l.Max && c.fine("links.min", "links.max"):
		c.wrong("links.min", "%v is above links.max, which is %v: lower one or raise the other", l.Min, l.Max)
	case (l.Model == LinksNormal || l.Model == LinksLognormal) && l.Delay < l.Min && c.fine("links.delay", "links.min"):
		c.wrong("links.delay", "%v is below links.min, which is %v and the least that a message takes: raise one or lower the other", l.Delay, l.Min)
	}
	if !measured {
		unused(c, "links.file", l.File, "link model "+l.Model)
	}
}

// gossip checks the parameters of gossipsub as gossipsub itself does.
func (c *checker) gossip() {
	g := &c.s.Gossip
	between(c, "gossip.d", g.D, 1, maxDegree)
	between(c, "gossip.d_low", g.Low, 0, maxDegree)
	between(c, "gossip.d_high", g.High, 1, maxDegree)
	between(c, "gossip.d_lazy", g.Lazy, 0, maxDegree)
	c.share("gossip.gossip_factor", g.Factor)
	between(c, "gossip.heartbeat", g.Heartbeat, 10*Millisecond, 10*Minute)
	between(c, "gossip.history_length", g.HistoryLength, 1, maxHistory)
	between(c, "gossip.history_gossip", g.HistoryGossip, 1, maxHistory)
	between(c, "gossip.seen", g.Seen, Millisecond, maxSeen)
	between(c, "gossip.idontwant", g.IDontWant, 0, 1<<30)
	if c.fine("gossip.d", "gossip.d_low") && g.Low > g.D {
		c.wrong("gossip.d_low", "%d is above gossip.d, which is %d: lower one or raise the other", g.Low, g.D)
	}
	if c.fine("gossip.d", "gossip.d_high") && g.High < g.D {
		c.wrong("gossip.d_high", "%d is below gossip.d, which is %d: raise one or lower the other", g.High, g.D)
	}
	if c.fine("gossip.history_length", "gossip.history_gossip") && g.HistoryGossip > g.HistoryLength {
		c.wrong("gossip.history_gossip", "%d is above gossip.history_length, which is %d: nobody can announce what it has forgotten",
			g.HistoryGossip, g.HistoryLength)
	}
	if c.fine("gossip.seen", "gossip.heartbeat", "gossip.history_length") && g.Seen < Duration(g.HistoryLength)*g.Heartbeat {
		c.wrong("gossip.seen", "%v is shorter than the history of %d heartbeats of %v: old messages would go round for ever, raise it",
			g.Seen, g.HistoryLength, g.Heartbeat)
	}
}

// machine checks what processors and disks take.
func (c *checker) machine() {
	p := &c.s.CPU
	between(c, "cpu.verify", p.Verify, 0, Minute)
	between(c, "cpu.event", p.Event, 0, Minute)
	between(c, "cpu.duplicate", p.Duplicate, 0, Minute)
	between(c, "cpu.message", p.Message, 0, Minute)
	c.number("cpu.slow", p.Slow, 0.001, 10_000, "factor")
	between(c, "disk.sync", c.s.Disk.Sync, 0, Minute)
}
