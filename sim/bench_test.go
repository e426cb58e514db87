package sim

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/sim/scenario"
)

const large = `
duration = "30s"
[network]
nodes = %d
committee = 7
[topology]
degree = 8
[links]
model = "cities"
jitter = 0.1
[[load]]
kind = "transfer"
rate = %g
from = "5s"
`

// Deliveries of events with the full logic of every node per second, and how much faster than real time that is. The physical
// limit beside it is what one node's engine does alone; see node/engine.
func BenchmarkRun(b *testing.B) {
	for _, c := range []struct {
		nodes, shards int
		rate          float64
	}{{30, 1, 10}, {1000, 1, 10}, {1000, 2, 10}, {10_000, 2, 1}} {
		b.Run(fmt.Sprintf("nodes=%d/shards=%d", c.nodes, c.shards), func(b *testing.B) {
			for b.Loop() {
				s, err := scenario.Parse(fmt.Appendf(nil, "version = 1\nname = \"bench\"\n"+large, c.nodes, c.rate), "bench.toml")
				if err != nil {
					b.Fatal(err)
				}
				w, err := newWorld(s, Options{Shards: c.shards})
				if err != nil {
					b.Fatal(err)
				}
				began := time.Now()
				if err := w.run(context.Background()); err != nil {
					b.Fatal(err)
				}
				took := time.Since(began).Seconds()
				t := w.totals()
				b.ReportMetric(float64(t.Deliveries)/took, "deliveries/s")
				b.ReportMetric(s.Duration.Seconds()/took, "x-real-time")
				b.ReportMetric(float64(w.outcome.perNode), "B/node")
				b.ReportMetric(float64(t.Copies)/float64(max(1, t.Deliveries)), "copies/delivery")
				b.ReportMetric(float64(t.Payloads+t.Witnesses)/s.Duration.Seconds(), "events/s")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}
