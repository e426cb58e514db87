package scenario

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Bounds of what happens in a run.
const (
	maxLoad   = 1_000_000 // events a second over all nodes
	maxFactor = 1000      // by which a fault makes links slower
	maxParams = 64        // of an attack
)

// load checks one load.
func (c *checker) load(key string, l *Load) {
	c.oneOf(join(key, "kind"), l.Kind, "kind of load", loadKinds)
	c.nodes(join(key, "nodes"), l.Nodes)
	c.window(key, l.From, l.Until)
	if l.Kind == LoadReading {
		between(c, join(key, "devices"), l.Devices, 1, maxDevices)
	}
	if !c.oneOf(join(key, "process"), l.Process, "process", processes) {
		return
	}
	if l.Process == ProcessTrace {
		unused(c, join(key, "rate"), l.Rate, "a trace, which has times of its own")
		c.file(join(key, "file"), l.File, "lines of seconds and node number")
		return
	}
	unused(c, join(key, "file"), l.File, "process "+l.Process)
	switch {
	case l.Rate == 0:
		c.wrong(join(key, "rate"), "is missing: say how many there are in a second, over all nodes")
	case l.Rate > maxLoad:
		c.wrong(join(key, "rate"), "%s is out of range: choose at most %d", decimal(l.Rate), maxLoad)
	default:
		c.positive(join(key, "rate"), l.Rate, "rate")
	}
}

// churn checks nodes that come and go.
func (c *checker) churn(key string, h *Churn) {
	c.nodes(join(key, "nodes"), h.Nodes)
	c.window(key, h.From, h.Until)
	if !c.oneOf(join(key, "kind"), h.Kind, "kind of churn", churnKinds) {
		return
	}
	if h.Kind == ChurnTrace {
		c.file(join(key, "file"), h.File, "lines of seconds, node number and up or down")
		return
	}
	unused(c, join(key, "file"), h.File, "churn "+h.Kind)
	between(c, join(key, "up"), h.Up, Millisecond, MaxDuration)
	between(c, join(key, "down"), h.Down, Millisecond, MaxDuration)
	if h.Kind == ChurnWeibull {
		c.number(join(key, "shape"), h.Shape, 0.1, 100, "shape")
	}
}

// fault checks something that breaks.
func (c *checker) fault(key string, f *Fault) {
	c.nodes(join(key, "nodes"), f.Nodes)
	c.faultTime(key, f)
	if c.oneOf(join(key, "kind"), f.Kind, "kind of fault", faultKinds) {
		c.faultAmount(join(key, "amount"), f)
		c.faultKind(key, f)
	}
}

// faultTime checks that a fault is within the run.
func (c *checker) faultTime(key string, f *Fault) {
	duration := c.s.Duration
	if !c.fine(keyDuration) {
		return
	}
	if f.At >= duration {
		c.wrong(join(key, "at"), "%v is not within the run, which lasts %v: let it happen earlier or raise duration", f.At, duration)
		return
	}
	if f.For > duration-f.At {
		c.wrong(join(key, "for"), "it would be mended at %v, after the run, which lasts %v: shorten it, or leave it out for never", f.At+min(f.For, MaxDuration), duration)
	}
}

// faultAmount checks how bad a fault is.
func (c *checker) faultAmount(key string, f *Fault) {
	switch f.Kind {
	case FaultCrash:
		c.share(key, f.Amount)
	case FaultLoss:
		c.positive(key, f.Amount, "share of messages")
		c.share(key, f.Amount)
	case FaultDelay:
		c.number(key, f.Amount, 1, maxFactor, "factor by which messages take longer")
	case FaultSkew:
		const most = float64(MaxDuration / Millisecond)
		c.number(key, f.Amount, -most, most, "number of milliseconds")
		if f.Amount == 0 {
			c.wrong(key, "is missing: say by how many ms the clocks are ahead, or below 0 behind")
		}
	case FaultSlowDisk:
		c.positive(key, f.Amount, "number of milliseconds")
		c.number(key, f.Amount, 0, float64(Minute/Millisecond), "number of milliseconds")
	default:
		unused(c, key, f.Amount, "fault "+f.Kind)
	}
}

// faultKind checks what only some kinds of fault use.
func (c *checker) faultKind(key string, f *Fault) {
	switch {
	case f.Kind != FaultRestore:
		unused(c, join(key, "age"), f.Age, "fault "+f.Kind)
	case f.Age == 0:
		c.wrong(join(key, "age"), "is missing: say how old the copy of the disk is")
	case f.Age > f.At:
		c.wrong(join(key, "age"), "%v: at %v no disk has a copy that old, lower it", f.Age, f.At)
	}
	if (f.Kind == FaultWipe || f.Kind == FaultRestore) && f.For == 0 {
		c.wrong(join(key, "for"), "is missing: say after how long the nodes come back with the other disk")
	}
	if f.Kind == FaultPartition && c.fine(keyNodes, keyCommittee, join(key, "nodes")) {
		if parts, err := f.Nodes.parts(c.s.Network.Nodes, c.s.Network.Committee); err == nil && covers(parts, c.s.Network.Nodes) {
			c.wrong(join(key, "nodes"), "%q are all nodes, so there are no others to be cut off from: name one side", string(f.Nodes))
		}
	}
}

// covers reports whether parts name every node for certain.
func covers(parts []part, total int) bool {
	reached := 0
	for _, p := range fixed(parts) {
		if p.first > reached {
			return false
		}
		reached = max(reached, p.end)
	}
	return reached == total
}

// fixed returns those parts that are not drawn, in the order of their first nodes.
func fixed(parts []part) []part {
	parts = slices.DeleteFunc(slices.Clone(parts), part.drawn)
	slices.SortFunc(parts, func(a, b part) int { return cmp.Or(a.first-b.first, a.end-b.end) })
	return parts
}

// attack checks nodes that do not follow the protocol.
func (c *checker) attack(key string, a *Attack) {
	if a.Kind == "" {
		c.wrong(join(key, "kind"), "is missing: `lot sim attack list` shows all of them")
	}
	c.nodes(join(key, "nodes"), a.Nodes)
	c.window(key, a.From, a.Until)
	if len(a.Params) > maxParams {
		c.wrong(join(key, "params"), "has %d entries: at most %d are allowed", len(a.Params), maxParams)
	}
	for _, name := range sortedNames(a.Params) {
		if value := a.Params[name]; math.IsNaN(value) || math.IsInf(value, 0) {
			c.wrong(join(join(key, "params"), name), "%v: want a finite number", value)
		}
		if badParam(name) {
			c.wrong(join(join(key, "params"), name), "%.40q is no name: use lower-case letters, digits, _ and -", name)
		}
	}
}

// badParam reports whether a word cannot be the name of a parameter.
func badParam(name string) bool {
	return name == "" || len(name) > maxName || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") != ""
}
