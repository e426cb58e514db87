package invariant

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/ledgerofthings/lot/dag"
)

// Liveness checks that a network gets done once it is left in peace: every payload that an honest, running node has issued is
// final at all of them, all hold the same, and nobody has anything more to say. Memory is O(payload events).
//
// The nodes feed the checkers of their shards. At each of the two deadlines a fresh one is merged from these and asked about the
// whole network; its findings count beside theirs.
type Liveness struct {
	deadlines Deadlines
	payloads  []payload
	again     map[dag.ID]struct{} // events whose payloads were issued again
	final     findings
	silence   findings
	state     findings
}

// payload is an event that somebody waits for.
type payload struct {
	id    dag.ID
	node  int
	at    uint64
	epoch uint64
}

func (p payload) compare(other payload) int {
	return cmp.Or(cmp.Compare(p.at, other.at), cmp.Compare(p.node, other.node), bytes.Compare(p.id[:], other.id[:]))
}

// NewLiveness returns a checker; one that asks for nothing if the deadlines are zero.
func NewLiveness(d Deadlines) Liveness { return Liveness{deadlines: d, again: map[dag.ID]struct{}{}} }

// Issued says that a node issued an event.
func (l *Liveness) Issued(node int, at uint64, e *dag.Event) {
	if l.deadlines == (Deadlines{}) {
		return
	}
	if at >= l.deadlines.Silent {
		l.silence.add(Finding{RuleSilence, at, node, fmt.Sprintf("it issues %s event %s, %s after everything had healed", kindOf(e), e.ID(), seconds(at-l.deadlines.Healed))})
	}
	if !e.IsWitness() {
		l.payloads = append(l.payloads, payload{e.ID(), node, at, e.Epoch()})
	}
}

func kindOf(e *dag.Event) string {
	if e.IsWitness() {
		return "witness"
	}
	return e.Kind()
}

// Reissued says that the payload of an event was issued again, so that nobody waits for the event any more.
func (l *Liveness) Reissued(id dag.ID) { l.again[id] = struct{}{} }

// Replaced says that a node's disk is now one of an earlier time, in microseconds since the start, or empty for 0. What the node
// issued since then may be gone with it.
func (l *Liveness) Replaced(node int, from uint64) {
	l.payloads = slices.DeleteFunc(l.payloads, func(p payload) bool { return p.node == node && p.at >= from })
}

// CheckFinal asks all honest nodes that run, in the order of their numbers, whether they are done. Call it at Deadlines.Final.
func (l *Liveness) CheckFinal(at uint64, nodes []Standing) {
	slices.SortFunc(l.payloads, payload.compare)
	var done *Standing // a node at which everything is final; who holds the same needs no look at each payload
	for n := range nodes {
		s := &nodes[n]
		if waits := s.waitsFor(); waits != "" {
			l.final.add(Finding{RuleFinal, at, s.Node, fmt.Sprintf("%s after everything had healed %s", seconds(at-l.deadlines.Healed), waits)})
			continue
		}
		if done != nil && s.same(done) {
			continue
		}
		if l.checkPayloads(at, s, nodes) {
			done = s
		}
	}
}

// checkPayloads asks a node about every payload of nodes that run.
func (l *Liveness) checkPayloads(at uint64, s *Standing, nodes []Standing) (done bool) {
	missing, first := 0, payload{}
	for _, p := range l.payloads {
		_, runs := slices.BinarySearchFunc(nodes, p.node, func(s Standing, node int) int { return s.Node - node })
		if _, again := l.again[p.id]; again || s.Node != p.node && p.epoch < s.Oldest { // it need not know of it any more
			continue
		}
		if runs && !s.IsFinal(p.id) {
			if missing++; missing == 1 {
				first = p
			}
		}
	}
	if missing > 0 {
		l.final.add(Finding{RuleFinal, at, s.Node, fmt.Sprintf("%d payload events are not final there %s after everything had healed: first %s, which node %d issued at %s",
			missing, seconds(at-l.deadlines.Healed), first.id, first.node, seconds(first.at))})
	}
	return missing == 0
}

// CheckStill asks all honest nodes that run, in the order of their numbers, whether they hold the same. Call it at
// Deadlines.Silent or later.
func (l *Liveness) CheckStill(at uint64, nodes []Standing) {
	for n := range nodes {
		if s, first := &nodes[n], &nodes[0]; !s.same(first) || s.Events != first.Events {
			l.state.add(Finding{RuleOneState, at, s.Node, fmt.Sprintf("it has %d events, %d commits and state %x, node %d has %d events, %d commits and state %x",
				s.Events, s.Commits, s.Root[:8], first.Node, first.Events, first.Commits, first.Root[:8])})
		}
	}
}

// Merge takes what another has seen of other nodes.
func (l *Liveness) Merge(other *Liveness) {
	l.payloads = append(l.payloads, other.payloads...)
	maps.Copy(l.again, other.again)
	l.final.merge(other.final)
	l.silence.merge(other.silence)
	l.state.merge(other.state)
}

// Findings returns the nodes that were not done, those that went on, and those that hold something else.
func (l *Liveness) Findings() []Finding {
	return slices.Concat(l.final, l.silence, l.state)
}
