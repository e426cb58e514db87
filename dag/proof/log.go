package proof

import (
	"fmt"
	"math/bits"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ledgerofthings/lot/dag"
)

// TreeHead is a size of the log and the root that its first Size leaves have.
type TreeHead struct {
	Size uint64
	Root Hash
}

// Log is the growing end of an append-only RFC 6962 tree. It keeps one hash for each bit of its size, so appending and
// taking the root read no storage; proofs about older leaves come from a Store. The zero value is an empty log.
type Log struct {
	size uint64
	// edge holds, for each bit that is set in size, the hash of the complete subtree of that many leaves on the right edge.
	edge []Hash
}

// Appended is what one Append added: hashes that the caller must store, the first of them under First.
type Appended struct {
	Leaf   uint64 // index of the new leaf
	First  uint64 // storage index of Hashes[0]; the others follow
	Hashes []Hash // the leaf's hash and those of the subtrees that it completes: at most 1 + log2(size)
}

// OpenLog resumes a log of the given size from its stored hashes, of which it reads one for each bit set in size.
func OpenLog(size uint64, store Store) (*Log, error) {
	if !inRange(size) {
		return nil, fmt.Errorf("open log: size %d is above %d", size, uint64(dag.MaxInteger))
	}
	l := &Log{size: size, edge: make([]Hash, bits.Len64(size))}
	for level := range l.edge {
		n := size >> level
		if n&1 == 0 {
			continue
		}
		var err error
		if l.edge[level], err = store.Hash(uint64(tlog.StoredHashIndex(level, int64(n-1)))); err != nil {
			return nil, fmt.Errorf("open log of size %d: %w", size, err)
		}
	}
	return l, nil
}

// ResumeLog resumes a log from its edge, as Edge returned it, and no storage. Without the hashes of older leaves it grows
// and has its root like any other. The error wraps ErrInclusion if the edge is not that of a log with this size and root.
func ResumeLog(size uint64, edge []Hash, root Hash) (*Log, error) {
	if !inRange(size) || len(edge) != bits.OnesCount64(size) {
		return nil, fmt.Errorf("resume log: %w: %d hashes are no edge of size %d", ErrInclusion, len(edge), size)
	}
	l := &Log{size: size, edge: make([]Hash, bits.Len64(size))}
	for level := len(l.edge) - 1; level >= 0; level-- {
		if size>>level&1 != 0 {
			l.edge[level], edge = edge[0], edge[1:]
		}
	}
	head, err := l.Head()
	if err != nil {
		return nil, fmt.Errorf("resume log: %w", err)
	}
	if head.Root != root {
		return nil, fmt.Errorf("resume log: %w: the edge has root %s at size %d, not %s", ErrInclusion, head.Root, size, root)
	}
	return l, nil
}

// Edge returns the hashes of the complete subtrees that the log consists of, the largest and oldest first: one for each bit
// that is set in its size. They are all that is needed to go on with the log.
func (l *Log) Edge() []Hash {
	edge := make([]Hash, 0, bits.OnesCount64(l.size))
	for level := len(l.edge) - 1; level >= 0; level-- {
		if l.size>>level&1 != 0 {
			edge = append(edge, l.edge[level])
		}
	}
	return edge
}

// Clone returns a log that grows from here by itself.
func (l *Log) Clone() *Log { return &Log{size: l.size, edge: slices.Clone(l.edge)} }

// Size returns the number of leaves.
func (l *Log) Size() uint64 { return l.size }

// Head returns the size and the root. It takes O(log size) hashes.
func (l *Log) Head() (TreeHead, error) {
	root, err := tlog.TreeHash(int64(l.size), tlog.HashReaderFunc(l.readEdge))
	if err != nil {
		return TreeHead{}, fmt.Errorf("log root: %w", err)
	}
	return TreeHead{Size: l.size, Root: root}, nil
}

// Append adds a leaf by its RFC 6962 leaf hash and returns the hashes to be stored.
func (l *Log) Append(leaf Hash) (Appended, error) {
	if !inRange(l.size + 1) {
		return Appended{}, fmt.Errorf("append to log: it is full with %d leaves", l.size)
	}
	n := int64(l.size)
	hashes, err := tlog.StoredHashesForRecordHash(n, leaf, tlog.HashReaderFunc(l.readEdge))
	if err != nil {
		return Appended{}, fmt.Errorf("append to log: %w", err)
	}
	top := len(hashes) - 1 // the level of the largest subtree that this leaf completes
	for len(l.edge) <= top {
		l.edge = append(l.edge, Hash{})
	}
	l.edge[top] = hashes[top]
	l.size++
	return Appended{Leaf: uint64(n), First: uint64(tlog.StoredHashIndex(0, n)), Hashes: hashes}, nil
}

// readEdge serves the reads of an append or a root, all of which lie on the right edge.
func (l *Log) readEdge(indexes []int64) ([]Hash, error) {
	hashes := make([]Hash, len(indexes))
	for i, index := range indexes {
		level, n := tlog.SplitStoredHashIndex(index)
		if level >= len(l.edge) || l.size>>level != uint64(n+1) || n&1 != 0 {
			return nil, fmt.Errorf("hash %d is not on the edge of a log of size %d", index, l.size)
		}
		hashes[i] = l.edge[level]
	}
	return hashes, nil
}
