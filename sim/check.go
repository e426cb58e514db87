package sim

import (
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/sim/invariant"
)

// promise is what the run is held to.
func (w *world) promise() invariant.Promise {
	return invariant.Promise{
		Supply: w.founding.supply, Deadlines: w.deadlines, Keep: uint64(w.scenario.Network.Keep),
	}
}

// keyOf returns the event key of a node.
func (s *shard) keyOf(n *node) dag.Key { return s.world.founding.selves[n.number].Signer.Key() }

// restarted asks a node that is back for all that it had acknowledged.
func (s *shard) restarted(n *node) {
	if s.honest(n) && !n.damaged {
		s.measured.suite.Readings.Check(int(n.number), s.world.now, n.engine)
	}
}

// replaced notes that a node's disk is now one of an earlier time, or empty.
func (s *shard) replaced(n *node, from uint64) {
	s.measured.suite.Readings.Replaced(int(n.number), from)
	s.measured.suite.Liveness.Replaced(int(n.number), from)
	s.lost(n)
	for i := range n.devices {
		n.devices[i].known = false
	}
}

// lost notes that a node has lost its disk or a part of it, so that it cannot know all that it issued and signed.
func (s *shard) lost(n *node) {
	s.measured.suite.Forks.Replaced(int(n.number), s.world.now)
	s.measured.suite.Signatures.Replaced(int(n.number))
}

// planChecks enters the two looks at a network that is left in peace, if the scenario's end is calm.
func (w *world) planChecks() error {
	if w.deadlines == (invariant.Deadlines{}) {
		return nil
	}
	w.agenda.enter(w.deadlines.Final, func(w *world) {
		merged := w.mergedSuite()
		merged.Liveness.CheckFinal(w.now, w.standings())
		w.outcome.findings = append(w.outcome.findings, merged.Liveness.Findings()...)
	})
	w.agenda.enter(w.deadlines.Silent, func(w *world) {
		still := invariant.NewLiveness(w.deadlines)
		still.CheckStill(w.now, w.standings())
		w.outcome.findings = append(w.outcome.findings, still.Findings()...)
		w.eachHonest(func(s *shard, n *node) {
			s.measured.suite.Readings.CheckAnchored(int(n.number), w.now, n.engine)
			w.checkChain(n)
		})
	})
	return nil
}

// leastRounds is the shortest epoch that a quorum may set.
const leastRounds = 100

// checkChain asks a node how it came from the first committee to the present one. Newcomers and light gateways have to believe it.
//
// A genesis may set epochs that are over before a seal can be signed and signed again, as tests do; a quorum cannot.
func (w *world) checkChain(n *node) {
	if w.scenario.Network.EpochRounds < leastRounds {
		return
	}
	chain, err := n.engine.Certificates()
	if err == nil && len(chain) > 0 {
		_, _, err = chain.Verify(w.founding.network.ID, w.founding.network.Cosigners)
	}
	if err != nil {
		w.outcome.findings = append(w.outcome.findings, invariant.Finding{
			Rule: invariant.RuleChain, At: w.now, Node: int(n.number), Detail: fmt.Sprintf("its certificates do not lead to the committee of epoch %d: %v", n.engine.Rules().Epoch(), err),
		})
	}
}

// eachHonest visits the honest nodes that run, by rising number.
func (w *world) eachHonest(visit func(s *shard, n *node)) {
	w.nodes(func(s *shard, n *node) {
		if n.up && !n.deaf && !n.damaged && s.honest(n) {
			visit(s, n)
		}
	})
}

// standings returns how far the honest nodes are that run.
func (w *world) standings() (list []invariant.Standing) {
	w.eachHonest(func(_ *shard, n *node) {
		s := invariant.StandingOf(int(n.number), n.engine)
		s.Clock = epochStart + w.now/1000
		list = append(list, s)
	})
	return list
}

func (w *world) mergedSuite() *invariant.Suite {
	merged := invariant.NewSuite(w.promise())
	for _, s := range w.shards {
		merged.Merge(s.measured.suite)
	}
	return merged
}

// checkSupply adds up all balances of a state, unless it is one that was looked at before: nodes of one order share theirs.
func (s *shard) checkSupply(at uint64, state *ledger.State) {
	if state != s.measured.added {
		s.measured.added = state
		s.measured.suite.Supply.State(at, state)
	}
}

// checkOrder compares the node's order, event by event, with that of all others. Nodes whose last commit is one and the same value
// have one order, so of those it is told once.
func (s *shard) checkOrder(at uint64, n *node) {
	last := n.engine.Order().LastCommit()
	if slices.Contains(s.measured.told, last) {
		return
	}
	s.measured.told = append(s.measured.told, last)
	whole, position := &s.measured.suite.Whole, uint64(0)
	whole.Started(int(n.number))
	for from := 0; ; from += dumpChunk {
		lines := n.engine.ExportCommits(from, dumpChunk)
		for i := range lines {
			for _, id := range lines[i].Order {
				position++
				whole.Ordered(int(n.number), at, position, id)
			}
			whole.Committed(int(n.number), at, lines[i].Number)
		}
		if len(lines) < dumpChunk {
			return
		}
	}
}

// findings returns every breach of an invariant.
func (w *world) findings() []invariant.Finding {
	w.eachHonest(func(s *shard, n *node) {
		s.measured.suite.Readings.Check(int(n.number), w.now, n.engine)
		s.checkSupply(w.now, n.engine.State())
		s.checkOrder(w.now, n)
	})
	list := append(w.mergedSuite().Findings(), w.outcome.findings...)
	for _, s := range w.shards {
		list = append(list, s.measured.split...)
	}
	invariant.Sort(list)
	return slices.Compact(list)
}
