package node

import "time"

// clock is the time that the engine lives by: the wall clock, except that it goes on at the usual pace where that is set
// back. A time that stood still until the wall clock has caught up would stop everything that waits. It is used by one
// goroutine.
type clock struct {
	wall func() time.Time
	last time.Time // with a monotonic reading
	ms   float64   // since the Unix epoch
}

func newClock(wall func() time.Time) *clock {
	now := wall()
	return &clock{wall: wall, last: now, ms: milliseconds(now)}
}

func milliseconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1000 }

// now returns the time in ms since the Unix epoch. It never goes back.
func (c *clock) now() uint64 {
	now := c.wall()
	passed := now.Sub(c.last) // by the monotonic clock
	c.last = now
	c.ms = max(milliseconds(now), c.ms+float64(passed.Microseconds())/1000)
	return uint64(c.ms)
}
