package engine

import (
	"math"
	"slices"

	"github.com/ledgerofthings/lot/dag"
)

// Counters count since the engine was made.
type Counters struct {
	Restored uint64 // events found in storage at the start
	Attached uint64 // events attached
	Ordered  uint64 // events that got their place in the order
	Payloads uint64 // of these, events with a payload
	Invalid  uint64 // events that broke a rule
	Dropped  uint64 // events dropped because too many waited for parents

	forks map[dag.Key]struct{} // keys whose fork was reported
}

// Totals count readings since this gateway was first started.
type Totals struct {
	Stored   uint64 // accepted
	Anchored uint64 // their batch is in an anchor event
	Final    uint64 // their anchor has its place in the order
	Refused  uint64 // those of known devices since their record was last written before a stop, and all since
}

// latencyWindow is how many of the newest final payload events the latency is taken over.
const latencyWindow = 1024

// latencyRing keeps the time from attaching to being final, in ms, of the newest payload events.
type latencyRing struct {
	values []uint32
	next   int
}

func (r *latencyRing) add(latency uint64) {
	ms := uint32(min(latency, math.MaxUint32))
	if len(r.values) < latencyWindow {
		r.values = append(r.values, ms)
		return
	}
	r.values[r.next] = ms
	r.next = (r.next + 1) % latencyWindow
}

// quantiles returns the median and the 99th percentile, in ms, and of how many values.
func (r *latencyRing) quantiles() (median, p99 uint64, n int) {
	if len(r.values) == 0 {
		return 0, 0, 0
	}
	sorted := slices.Clone(r.values)
	slices.Sort(sorted)
	return uint64(sorted[len(sorted)/2]), uint64(sorted[len(sorted)*99/100]), len(sorted)
}
