package invariant

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag/proof"
)

// Signatures checks that an honest member never takes back what it has signed: the heads of the log that it signs never get
// smaller, and those of one size are one head. Each member is told of by one shard only. Memory is O(members).
type Signatures struct {
	last  map[int]proof.TreeHead
	found findings
}

// NewSignatures returns a checker that has seen nothing.
func NewSignatures() Signatures { return Signatures{last: map[int]proof.TreeHead{}} }

// Signed takes a head that a node signed, at a virtual time in microseconds.
func (s *Signatures) Signed(node int, at uint64, head proof.TreeHead) {
	last := s.last[node]
	if head.Size < last.Size || head.Size == last.Size && head != last {
		s.found.add(Finding{RuleSignatures, at, node, fmt.Sprintf("it signs head %x of size %d, after head %x of size %d",
			head.Root[:8], head.Size, last.Root[:8], last.Size)})
	}
	s.last[node] = head
}

// Replaced says that a node lost its disk or a part of it: it may sign again what it signed before.
func (s *Signatures) Replaced(node int) { delete(s.last, node) }

// Merge takes what another has seen of other nodes.
func (s *Signatures) Merge(other *Signatures) { s.found.merge(other.found) }

// Findings returns the first heads that members should not have signed.
func (s *Signatures) Findings() []Finding { return s.found }
