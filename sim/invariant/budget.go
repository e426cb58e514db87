package invariant

import "fmt"

// Budget checks that no node takes more memory than it may. Its zero value allows any.
type Budget struct {
	bytes uint64 // that a node may take; 0 for any
	worst sighting[uint64]
}

// NewBudget returns a checker of a number of bytes for each node.
func NewBudget(bytes uint64) Budget { return Budget{bytes: bytes} }

// Measured takes how many bytes a node takes.
func (b *Budget) Measured(node int, at, bytes uint64) {
	b.keep(sighting[uint64]{bytes, at, node})
}

func (b *Budget) keep(s sighting[uint64]) {
	if s.value > b.worst.value || s.value == b.worst.value && s.before(&b.worst) {
		b.worst = s
	}
}

// Merge takes what another has seen.
func (b *Budget) Merge(other *Budget) { b.keep(other.worst) }

// Findings returns the node that takes most, if that is too much.
func (b *Budget) Findings() []Finding {
	if b.bytes == 0 || b.worst.value <= b.bytes {
		return nil
	}
	return []Finding{{RuleBudget, b.worst.at, b.worst.node, fmt.Sprintf("it takes %d bytes of memory, %d are allowed", b.worst.value, b.bytes)}}
}
