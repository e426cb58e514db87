package invariant

import (
	"fmt"
	"strings"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/node/engine"
)

// Standing is how far one node is. Events that wait for their parents are no part of it: an adversary can leave some for ever.
type Standing struct {
	Node    int
	Epoch   uint64   // that it is in
	Oldest  uint64   // the lowest epoch of which it has all events
	Events  int      // in the graph of its epoch
	Commits uint64   // of its order
	Root    [32]byte // of its state

	Open      int    // payload events that are not final and can still be
	Outbox    int    // payloads that wait to be issued
	OpenBatch int    // readings in the open batch
	Pending   int    // anchors that are issued and not final
	Due       uint64 // earliest deadline in the state, ms of ledger time; 0 for none
	Clock     uint64 // the true time, ms; 0 if it does not matter
	WhyNot    string // why it may not issue; empty if it may
	Barred    bool   // it may never again: its key has forked, or it is no member any more

	// IsFinal reports whether an event has its place in the node's order.
	IsFinal func(id dag.ID) bool
}

// StandingOf returns how far a node is.
func StandingOf(node int, e *engine.Engine) Standing {
	o, key := e.Overview(), e.Self().Signer.Key()
	_, member := e.Network().Members[key]
	return Standing{
		Node: node, Epoch: o.Epoch, Oldest: o.Oldest, Events: o.EpochEvents, Commits: o.Commits, Root: e.State().Root(),
		Due: e.State().Due(), Open: o.Open, Outbox: o.Outbox, OpenBatch: o.OpenBatch, Pending: o.Pending, WhyNot: o.WhyNot,
		Barred: !o.MayIssue && (!member || e.Graph().Forked(key)),
		IsFinal: func(id dag.ID) bool {
			info, err := e.Event(id)
			return err == nil && (info.State == engine.StateFinal || info.State == engine.StateNoEffect || tookEffect(e, info.Event))
		},
	}
}

// tookEffect reports whether the state shows that a transfer took effect, of which a node that was far behind has no receipt.
func tookEffect(e *engine.Engine, event *dag.Event) bool {
	if event.Kind() != ledger.KindTransfer {
		return false
	}
	t, err := ledger.DecodeTransfer(event.Body())
	if err != nil {
		return false
	}
	by, used := e.State().UsedBy(event.Account(), t.Sequence)
	return used && by == event.ID()
}

// overdue is how long, in ms, a deadline on the ledger may be past before somebody has to have let time pass on the ledger.
const overdue = 60_000

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
		own   bool // it waits until the node may issue
	}{
		{s.Open, "payload events are not final", false},
		{s.Outbox, "payloads wait to be issued", true},
		{s.OpenBatch, "readings are in the open batch", true},
		{s.Pending, "anchors are not final", true},
	} {
		if p.count > 0 && (!p.own || !s.Barred) {
			parts = append(parts, fmt.Sprint(p.count, " ", p.what))
		}
	}
	if s.Due != 0 && s.Due+overdue < s.Clock {
		parts = append(parts, fmt.Sprintf("a deadline on the ledger was due %d s ago", (s.Clock-s.Due)/1000))
	}
	if len(parts) > 0 && s.WhyNot != "" {
		parts = append(parts, "it may not issue: "+s.WhyNot)
	}
	return strings.Join(parts, ", ")
}
