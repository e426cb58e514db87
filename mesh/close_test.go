package mesh

import (
	"io"
	"log/slog"
	"testing"

	"go.uber.org/goleak"
)

// TestCloseLeavesNothing closes hosts in the midst of all they do and looks for goroutines that outlive them.
func TestCloseLeavesNothing(t *testing.T) {
	before := goleak.IgnoreCurrent()
	a := start(t, "a", plan{config: func(c *Config) { c.MDNS, c.Logger = true, slog.New(slog.NewTextHandler(io.Discard, nil)) }})
	b := start(t, "b", plan{before: func(m *Mesh) { must(t, m.Serve("echo", echo, ServeLimits{})) }})
	never := build(t, "never started", plan{})
	line(t, a, b)
	must(t, a.Publish(t.Context(), "events", []byte("hello")))
	must(t, a.Send(b.ID(), []byte("hello")))
	must(t, b.Send(a.ID(), []byte("hello")))
	_, err := a.Request(t.Context(), b.ID(), "echo", nil, 100)
	must(t, err)
	eventually(t, "arrival", func() bool { return b.has("hello") && b.Stats().Received == 1 && a.Stats().Received == 1 })
	for _, n := range []*node{a, b, never} {
		must(t, n.Close())
		must(t, n.Close())
	}
	// The sweeper of the traffic counters is one for the whole process.
	goleak.VerifyNone(t, before, goleak.IgnoreTopFunction("github.com/libp2p/go-flow-metrics.(*sweeper).runActive"))
}
