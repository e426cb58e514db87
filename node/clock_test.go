package node

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestClockGoesOnWhereTheWallClockIsSetBack moves the wall by an offset while the monotonic clock runs on.
func TestClockGoesOnWhereTheWallClockIsSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock(time.Now)
		start := c.now()
		<-time.After(time.Second)
		if got := c.now() - start; got != 1000 {
			t.Fatalf("%d ms passed, want 1000", got)
		}
		// A reading of the wall that is an hour behind keeps its monotonic part.
		c.ms += float64(time.Hour / time.Millisecond)
		before := c.now()
		<-time.After(2 * time.Second)
		if got := c.now() - before; got != 2000 {
			t.Fatalf("%d ms passed after the wall clock was set back, want 2000", got)
		}
	})
}
