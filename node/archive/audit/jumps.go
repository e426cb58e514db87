package audit

import (
	"cmp"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ledgerofthings/lot/dag/proof"
)

// jump is the newest checkpoint from before a snapshot led past some of the log. What this gateway issued before is proven to it.
type jump struct {
	proof.Checkpoint
}

// readJump checks such a checkpoint by itself.
func readJump(c *check, key, value []byte) error {
	size, err := number(key)
	if err != nil {
		return err
	}
	record, err := decode[checkpointRecord](value)
	if err != nil {
		return err
	}
	p, err := openNote(c, &record)
	if err != nil {
		return err
	}
	if p.Size != size {
		return fmt.Errorf("its log has %d leaves", p.Size)
	}
	c.jumps = append(c.jumps, jump{p})
	return nil
}

// endJumps checks that the own events before each jump can still be proven to its checkpoint.
func (c *check) endJumps() error {
	if c.restored {
		return nil // the backup may have been made within a jump
	}
	for _, r := range c.receipts.list {
		_, mine := c.events.mine[r.event]
		to := c.jumpFor(r.Leaf)
		if to == nil || !mine && !c.own[r.event] {
			continue
		}
		why := c.proves(&r, to)
		if c.view.err != nil {
			return c.view.err
		}
		if why != nil {
			c.report.add(&Finding{Kind: "hash of the log", Where: fmt.Sprint("of leaf ", r.Leaf),
				What: fmt.Sprintf("it cannot be proven to the checkpoint of size %d: %v", to.Size, why), Remedy: remedyElse})
		}
	}
	return nil
}

// jumpFor returns the checkpoint to which a leaf is proven; nil if it is a later one, or none: what was ordered after the last checkpoint
// before a jump cannot be proven here.
func (c *check) jumpFor(leaf uint64) *jump {
	n, _ := slices.BinarySearchFunc(c.jumps, leaf+1, func(j jump, size uint64) int { return cmp.Compare(j.Size, size) })
	if n == len(c.jumps) {
		return nil
	}
	for _, e := range c.epochs.list {
		if e.record.Skipped && e.seal != nil && leaf < e.seal.Head.Size && e.seal.Head.Size <= c.jumps[n].Size {
			return nil
		}
	}
	return &c.jumps[n]
}

// proves proves a receipt to a checkpoint.
func (c *check) proves(r *receipt, to *jump) error {
	path, err := tlog.ProveRecord(int64(to.Size), int64(r.Leaf), tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		store, list := hashStore{c}, make([]tlog.Hash, 0, len(indexes))
		for _, index := range indexes {
			h, err := store.Hash(uint64(index))
			if err != nil {
				return nil, err
			}
			list = append(list, h)
		}
		return list, nil
	}))
	if err != nil {
		return err
	}
	leaf := proof.EventLeaf{Event: r.event, Status: r.Status}.Hash()
	return tlog.CheckRecord(path, int64(to.Size), to.Root, int64(r.Leaf), leaf)
}
