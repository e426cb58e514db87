package attack

import (
	"sort"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/node/engine"
)

var lazyTipsKind = kind("lazy-tips", "issues payloads that approve old events instead of tips",
	func(c *captive) (attacker, error) {
		return &lazyTips{captive: c, budget: budget{rate: c.param("rate")}, age: c.ms("age")}, nil
	},
	Param{"rate", 5, 0.001, 10_000, "events a second"},
	Param{"age", 60_000, 0, 3_600_000, "ms since which the approved events are here; the roots, if none is that old"},
)

// lazyTips approves events that were approved long ago, which costs it no look at what is new. The node behaves otherwise.
//
// It hopes to be served without serving: its payloads become final and nobody's do by its approvals. Many that do so leave the
// tips of others without approval.
//
// Against it: finality does not count approvals, it takes one path from a leader, and members keep a place for the oldest
// unapproved payload. So lazy events cost the others nothing but the work of approving them.
//
// A report shows tips and time to first approval higher than without it, by the share of lazy events, and the same time to
// finality.
//
// See S. Popov, O. Saa, P. Finardi, "Equilibria in the Tangle", Computers & Industrial Engineering 136 (2019).
type lazyTips struct {
	*captive
	budget budget
	age    uint64 // ms
}

func (l *lazyTips) step(now uint64, in engine.Input, out *Effects) error {
	if err := l.captive.step(now, in, out); err != nil {
		return err
	}
	for range l.budget.take(now, out) {
		body, err := l.inventedAnchor(now)
		if err != nil {
			return err
		}
		f := l.after(now, l.last())
		f.Kind, f.Body, f.Approves = ledger.KindAnchor, body, l.ids(l.old(now))
		if err := l.publish(now, f, out); err != nil {
			return err
		}
	}
	return nil
}

// old returns the two newest events that are old enough and may be approved, else the roots.
func (l *lazyTips) old(now uint64) []dag.Index {
	graph := l.Engine.Graph()
	n := sort.Search(graph.Len(), func(n int) bool { return graph.AttachedAt(graph.At(n))+l.age > now })
	var picked []dag.Index
	for last := max(0, n-considered); n > last && len(picked) < dag.MinApproves; n-- {
		if i := graph.At(n - 1); i != l.own.last && graph.Approvable(i) {
			picked = append(picked, i)
		}
	}
	for i := dag.Index(0); len(picked) < dag.MinApproves; i++ {
		picked = append(picked, i)
	}
	return picked
}
