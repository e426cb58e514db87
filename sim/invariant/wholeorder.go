package invariant

import (
	"crypto/sha256"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
)

// WholeOrder checks, event by event, that every honest node orders the same: it keeps a hash over each node's order and
// compares these hashes whenever a node has reached a commit. It sees what [OneOrder] cannot: two nodes that agree on the
// leaders and order something else below them. It costs a SHA-256 for each event of each node, so it is fed on demand only. Its
// zero value is ready; memory is O(commits + nodes).
type WholeOrder struct {
	nodes   []prefix // by node
	commits sequence[prefix]
	gaps    findings
}

// prefix is an order up to a position.
type prefix struct {
	events uint64
	hash   [sha256.Size]byte
}

// Started says that a node's order is told again from its first event: call it before the first event of a node that has
// started with something on its disk, and then tell all that it found there.
func (w *WholeOrder) Started(node int) { *w.node(node) = prefix{} }

// Ordered takes the next event of a node's order, witness events included, with its position, from 1.
func (w *WholeOrder) Ordered(node int, at, position uint64, id dag.ID) {
	p := w.node(node)
	if position != p.events+1 {
		w.gaps.add(Finding{RuleWholeOrder, at, node, fmt.Sprintf("event %s is at position %d of its order, %d events came before", id, position, p.events)})
	}
	var link [2 * sha256.Size]byte
	copy(link[:], p.hash[:])
	copy(link[sha256.Size:], id[:])
	p.events, p.hash = position, sha256.Sum256(link[:])
}

// Committed says that the events that a node has told of are those of all commits up to a number, from 1.
func (w *WholeOrder) Committed(node int, at, number uint64) {
	if !w.commits.see(number, sighting[prefix]{*w.node(node), at, node}) {
		w.gaps.add(Finding{RuleWholeOrder, at, node, fmt.Sprintf("it tells of commit %d, and nobody of one near it", number)})
	}
}

// Merge takes what another has seen of other nodes.
func (w *WholeOrder) Merge(other *WholeOrder) {
	w.commits.merge(&other.commits)
	w.gaps.merge(other.gaps)
}

// Findings returns the lowest commit at which two nodes had ordered something else, and the gaps.
func (w *WholeOrder) Findings() []Finding {
	list := append([]Finding{}, w.gaps...)
	if number := w.commits.broken; number != 0 {
		a := &w.commits.list[number-1]
		list = append(list, Finding{RuleWholeOrder, a.second.at, a.second.node, fmt.Sprintf(
			"up to commit %d it ordered %d events of hash %x; node %d ordered %d of hash %x by %s",
			number, a.second.value.events, a.second.value.hash[:8], a.first.node, a.first.value.events, a.first.value.hash[:8], seconds(a.first.at))})
	}
	return list
}

func (w *WholeOrder) node(number int) *prefix {
	for len(w.nodes) <= number {
		w.nodes = append(w.nodes, prefix{})
	}
	return &w.nodes[number]
}
