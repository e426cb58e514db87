package invariant

import (
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
)

// Signatures checks that an honest member never takes back what it has signed: the heads of the log that it signs never get
// smaller, and those of one size are one head. To send an old signature again, as it was, is no new one. Each member is told of by
// one shard only. Memory is O(members).
type Signatures struct {
	last  map[int]*signed
	found findings
}

// signed is what a member has signed: the last head, and the latest signatures.
type signed struct {
	head   proof.TreeHead
	recent [64]dag.Signature
	count  int
}

// NewSignatures returns a checker that has seen nothing.
func NewSignatures() Signatures { return Signatures{last: map[int]*signed{}} }

// Signed takes a head that a node signed, and its signature, at a virtual time in microseconds.
func (s *Signatures) Signed(node int, at uint64, head proof.TreeHead, signature dag.Signature) {
	last := s.last[node]
	if last == nil {
		last = &signed{}
		s.last[node] = last
	}
	if slices.Contains(last.recent[:], signature) {
		return
	}
	if head.Size < last.head.Size || head.Size == last.head.Size && head != last.head {
		s.found.add(Finding{RuleSignatures, at, node, fmt.Sprintf("it signs head %x of size %d, after head %x of size %d",
			head.Root[:8], head.Size, last.head.Root[:8], last.head.Size)})
	}
	last.head = head
	last.recent[last.count%len(last.recent)] = signature
	last.count++
}

// Replaced says that a node lost its disk or a part of it: it may sign again what it signed before.
func (s *Signatures) Replaced(node int) { delete(s.last, node) }

// Merge takes what another has seen of other nodes.
func (s *Signatures) Merge(other *Signatures) { s.found.merge(other.found) }

// Findings returns the first heads that members should not have signed.
func (s *Signatures) Findings() []Finding { return s.found }
