package proof

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// ErrInclusion says that a Merkle path does not lead from its leaf to the root it is held against, or that two tree heads
// are not of one growing log.
var ErrInclusion = errors.New("the Merkle path does not lead to the root")

// ProveInclusion returns the path from the leaf with that index to the root of the log's first size leaves (RFC 6962
// section 2.1.1, from the leaf's sibling upwards).
func ProveInclusion(store Store, size, index uint64) ([]Hash, error) {
	if !inRange(size, index) || index >= size {
		return nil, fmt.Errorf("prove inclusion: there is no leaf %d in a log of size %d", index, size)
	}
	path, err := tlog.ProveRecord(int64(size), int64(index), reader(store))
	if err != nil {
		return nil, fmt.Errorf("prove inclusion of leaf %d in size %d: %w", index, size, err)
	}
	return path, nil
}

// CheckInclusion checks that the leaf hash stands at index in the tree with that head. The error wraps ErrInclusion.
func CheckInclusion(head TreeHead, index uint64, leaf Hash, path []Hash) error {
	if !inRange(head.Size, index) || index >= head.Size {
		return fmt.Errorf("%w: there is no leaf %d in a tree of size %d", ErrInclusion, index, head.Size)
	}
	if err := tlog.CheckRecord(path, int64(head.Size), head.Root, int64(index), leaf); err != nil {
		return fmt.Errorf("%w: leaf %d in a tree of size %d", ErrInclusion, index, head.Size)
	}
	return nil
}

// ProveConsistency returns the proof that the log's first size leaves begin with its first old leaves (RFC 6962 section
// 2.1.2). Old is at least 1 and at most size.
func ProveConsistency(store Store, old, size uint64) ([]Hash, error) {
	if !inRange(old, size) || old == 0 || old > size {
		return nil, fmt.Errorf("prove consistency: want 1 <= old <= size, not %d and %d", old, size)
	}
	path, err := tlog.ProveTree(int64(size), int64(old), reader(store))
	if err != nil {
		return nil, fmt.Errorf("prove consistency of sizes %d and %d: %w", old, size, err)
	}
	return path, nil
}

// CheckConsistency checks that the tree with head next begins with all leaves of the tree with head old. The error wraps
// ErrInclusion.
func CheckConsistency(old, next TreeHead, path []Hash) error {
	if !inRange(old.Size, next.Size) || old.Size == 0 || old.Size > next.Size {
		return fmt.Errorf("%w: want 1 <= old <= next size, not %d and %d", ErrInclusion, old.Size, next.Size)
	}
	if err := tlog.CheckTree(path, int64(next.Size), next.Root, int64(old.Size), old.Root); err != nil {
		return fmt.Errorf("%w: size %d is not shown to grow into size %d", ErrInclusion, old.Size, next.Size)
	}
	return nil
}
