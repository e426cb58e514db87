package invariant

import (
	"fmt"

	"github.com/ledgerofthings/lot/sim/scenario"
)

// Pruning checks that a node that runs does not keep the events of past epochs for longer than it is told to: that is what bounds its
// disk. The epoch before the current one is always kept. Each node is told of by one shard only. Memory is O(nodes).
type Pruning struct {
	keep  uint64
	ended map[int][]end
	found findings
}

// end is when an epoch ended at a node.
type end struct{ epoch, at uint64 }

// pruneWithin is within which time, in µs, what is due to go has gone. Deletion is spread over many small steps.
const pruneWithin = uint64(2 * scenario.Minute)

// NewPruning returns a checker for nodes that keep what is past for so long, in µs; 0 asks for nothing.
func NewPruning(keep uint64) Pruning { return Pruning{keep: keep, ended: map[int][]end{}} }

// Sealed says that an epoch ended at a node.
func (p *Pruning) Sealed(node int, at, epoch uint64) {
	if p.keep != 0 {
		p.ended[node] = append(p.ended[node], end{epoch, at})
	}
}

// Check takes the lowest epoch of which a node has all events and the one that it is in. It has run since a time.
func (p *Pruning) Check(node int, at, since, oldest, current uint64) {
	ends := p.ended[node]
	for len(ends) > 0 && ends[0].epoch < oldest {
		ends = ends[1:]
	}
	p.ended[node] = ends
	if len(ends) == 0 || ends[0].epoch+1 >= current {
		return
	}
	if due := max(ends[0].at+p.keep, since); at > due+pruneWithin {
		p.found.add(Finding{RulePruning, at, node, fmt.Sprintf("it still keeps the events of epoch %d, which ended there at %s; it is in epoch %d",
			ends[0].epoch, seconds(ends[0].at), current)})
	}
}

// Merge takes what another has found.
func (p *Pruning) Merge(other *Pruning) { p.found.merge(other.found) }

// Findings returns the nodes that kept too much.
func (p *Pruning) Findings() []Finding { return p.found }
