package proof

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ledgerofthings/lot/dag/ledger"
)

// Batch is the RFC 6962 tree over readings that one anchor covers. A leaf is a reading's bytes as they were received.
type Batch struct {
	head  TreeHead
	store MemoryStore
}

// NewBatch hashes 1 to ledger.MaxAnchorCount readings, in their order. It refuses a reading that is there twice: one place
// for each makes every path say one thing only. It does not keep the readings.
func NewBatch(readings [][]byte) (*Batch, error) {
	if len(readings) == 0 || len(readings) > ledger.MaxAnchorCount {
		return nil, fmt.Errorf("batch of %d readings, want 1 to %d", len(readings), ledger.MaxAnchorCount)
	}
	b := &Batch{store: make(MemoryStore, 0, StoredCount(uint64(len(readings))))}
	places := make(map[Hash]int, len(readings))
	var log Log
	for i, reading := range readings {
		leaf := tlog.RecordHash(reading)
		if first, there := places[leaf]; there {
			return nil, fmt.Errorf("batch: readings %d and %d are the same", first, i)
		}
		places[leaf] = i
		added, err := log.Append(leaf)
		if err != nil {
			return nil, fmt.Errorf("batch: %w", err)
		}
		if err := b.store.Put(added); err != nil {
			return nil, fmt.Errorf("batch: %w", err)
		}
	}
	head, err := log.Head()
	if err != nil {
		return nil, fmt.Errorf("batch: %w", err)
	}
	b.head = head
	return b, nil
}

// Head returns the number of readings and the root.
func (b *Batch) Head() TreeHead { return b.head }

// Path returns the Merkle path of the reading with that index, from 0.
func (b *Batch) Path(index uint64) ([]Hash, error) {
	path, err := ProveInclusion(&b.store, b.head.Size, index)
	if err != nil {
		return nil, fmt.Errorf("path in batch: %w", err)
	}
	return path, nil
}

// CheckReading checks that the reading stands at index in the batch that the anchor covers. The error wraps ErrInclusion.
func CheckReading(anchor ledger.Anchor, index uint64, reading []byte, path []Hash) error {
	return CheckInclusion(TreeHead{Size: anchor.Count, Root: anchor.Root}, index, tlog.RecordHash(reading), path)
}
