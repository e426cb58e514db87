package invariant

import (
	"fmt"
	"strings"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
)

// Standing is how far one node is. Events that wait for their parents are no part of it: an adversary can leave some for ever.
type Standing struct {
	Node    int
	Events  int      // in its graph
	Commits uint64   // of its order
	Root    [32]byte // of its state

	Open      int    // payload events that are not final and can still be
	Outbox    int    // payloads that wait to be issued
	OpenBatch int    // readings in the open batch
	Pending   int    // anchors that are issued and not final
	WhyNot    string // why it may not issue; empty if it may

	// IsFinal reports whether an event has its place in the node's order.
	IsFinal func(id dag.ID) bool
}

// StandingOf returns how far a node is.
func StandingOf(node int, e *engine.Engine) Standing {
	o := e.Overview()
	return Standing{
		Node: node, Events: o.Events, Commits: o.Commits, Root: e.State().Root(),
		Open: o.Open, Outbox: o.Outbox, OpenBatch: o.OpenBatch, Pending: o.Pending, WhyNot: o.WhyNot,
		IsFinal: func(id dag.ID) bool {
			info, err := e.Event(id)
			return err == nil && info.State != engine.StateAttached
		},
	}
}

// same reports whether two nodes are at the same point of one order.
func (s *Standing) same(other *Standing) bool {
	return s.Commits == other.Commits && s.Root == other.Root
}

// waitsFor says what is left to do for a node; empty if nothing is.
func (s *Standing) waitsFor() string {
	var parts []string
	for _, p := range []struct {
		count int
		what  string
	}{
		{s.Open, "payload events are not final"},
		{s.Outbox, "payloads wait to be issued"},
		{s.OpenBatch, "readings are in the open batch"},
		{s.Pending, "anchors are not final"},
	} {
		if p.count > 0 {
			parts = append(parts, fmt.Sprint(p.count, " ", p.what))
		}
	}
	if len(parts) > 0 && s.WhyNot != "" {
		parts = append(parts, "it may not issue: "+s.WhyNot)
	}
	return strings.Join(parts, ", ")
}
