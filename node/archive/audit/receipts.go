package audit

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/archive"
)

// receipts are the outcomes of ordered events.
type receipts struct {
	list   []receipt
	faults int
	stray  []receipt // their events were not seen yet
	away   []receipt // of own events that took effect while this gateway was away; their leaves are not known
}

// noLeaf stands where an event's leaf in the log is not known.
const noLeaf = dag.MaxInteger

type receipt struct {
	event dag.ID
	receiptRecord
}

// readReceipt checks a receipt by itself, and its leaf in the log.
func readReceipt(c *check, key, value []byte) error {
	id, err := digest(key)
	var record receiptRecord
	if err == nil {
		record, err = decode[receiptRecord](value)
	}
	if err == nil {
		err = c.judgeReceipt(id, &record)
	}
	if err != nil {
		c.badReceipt(bytes.Clone(key), record.Epoch, err)
		return nil
	}
	if record.Leaf == noLeaf {
		c.receipts.away = append(c.receipts.away, receipt{id, record})
		return nil
	}
	if !c.events.payloads[id] && !c.own[id] {
		c.receipts.stray = append(c.receipts.stray, receipt{id, record})
		return nil
	}
	c.receipts.list = append(c.receipts.list, receipt{id, record})
	return nil
}

func (c *check) judgeReceipt(id dag.ID, r *receiptRecord) error {
	if !r.Status.IsValid() {
		return fmt.Errorf("it has status %d", r.Status)
	}
	if r.Leaf == noLeaf {
		if r.Status != ledger.StatusApplied || r.Commit != 0 || r.Position != 0 {
			return fmt.Errorf("it has a place in the order, but no leaf in the log")
		}
		return nil
	}
	leaf, err := c.hash(0, r.Leaf)
	switch {
	case err != nil:
		return err
	case leaf == nil && c.restored && r.Leaf >= c.logSize():
		return nil // the backup was made between the two
	case leaf == nil:
		return fmt.Errorf("its leaf %d is not in the log", r.Leaf)
	case *leaf != proof.EventLeaf{Event: id, Status: r.Status}.Hash():
		return fmt.Errorf("leaf %d of the log says something else", r.Leaf)
	}
	return nil
}

// badReceipt reports a receipt. One of the current epoch is worked out again; an own one of an older epoch cannot be.
func (c *check) badReceipt(key []byte, epoch uint64, err error) {
	c.receipts.faults++
	f := c.report.add(&Finding{Kind: "receipt", Where: where(key), What: err.Error(), Remedy: remedyRebuild})
	if len(key) == 33 && c.own[dag.ID(key[1:])] {
		f.Remedy = remedyOwn
		f.forced(fix{op: putAside, key: key})
		return
	}
	if epoch != 0 && epoch < c.epochs.newest() {
		f.Remedy = "--repair removes it; what came of that event can be asked of another gateway"
	}
	f.can(archive.Repair{Rebuild: true}, fix{op: remove, key: key})
}

// endReceipts checks that the receipts tell one story: leaves, places, commits and times rise together.
func (c *check) endReceipts() error {
	for _, r := range c.receipts.stray {
		if c.events.payloads[r.event] { // it waits for others
			c.receipts.list = append(c.receipts.list, r)
			continue
		}
		c.badReceipt(digestKey('r', r.event), r.Epoch, fmt.Errorf("its event is not here"))
	}
	for _, r := range c.receipts.away {
		if !c.own[r.event] {
			c.badReceipt(digestKey('r', r.event), r.Epoch, fmt.Errorf("its leaf is not known, and its event is none of this gateway's former ones"))
		}
	}
	list := c.receipts.list
	slices.SortFunc(list, func(a, b receipt) int { return cmp.Compare(a.Leaf, b.Leaf) })
	for n := 1; n < len(list); n++ {
		if err := c.goesOn(&list[n-1], &list[n]); err != nil {
			c.badReceipt(digestKey('r', list[n].event), list[n].Epoch, err)
		}
	}
	c.missingReceipts()
	return nil
}

// missingReceipts looks for gaps between the leaves of receipts, which are those of the commits and of the seals. Epochs that are
// pruned, and be it in part, have only some.
func (c *check) missingReceipts() {
	if c.receipts.faults > 0 || !c.knowsLog() {
		return // they are the gaps, or a backup has left them out
	}
	newest := c.epochs.newest()
	for _, e := range c.epochs.list {
		if c.events.first > e.record.Position || e.record.Skipped && e.number != newest || e.number != newest && c.epochs.sealOf(e.number) == nil {
			continue // it is gone in part, or this gateway left it before its end
		}
		from, end := uint64(0), c.logSize()
		if e.seal != nil {
			from = e.seal.Head.Size
		}
		if next := c.epochs.sealOf(e.number); next != nil {
			end = next.Head.Size - 1 // the seal's own leaf
		}
		c.missingBetween(e.number, from, end)
	}
}

// missingBetween looks for gaps in an epoch whose leaves go from one index to before another. The last leaf of each commit closes it.
func (c *check) missingBetween(epoch, from, end uint64) {
	var missing []uint64
	commit := uint64(0)
	expect := from
	for _, r := range c.receipts.list {
		if r.Epoch != epoch {
			continue
		}
		if commit != 0 && r.Commit != commit {
			expect++ // the closing leaf
		}
		if r.Leaf != expect {
			missing = append(missing, expect)
		}
		commit, expect = r.Commit, r.Leaf+1
	}
	if commit != 0 {
		expect++
	}
	if expect != end {
		missing = append(missing, expect)
	}
	for _, leaf := range missing {
		f := c.report.add(&Finding{Kind: "receipt", Where: fmt.Sprint("of leaf ", leaf), What: "it is missing", Remedy: remedyRebuild})
		if epoch == c.epochs.newest() {
			f.can(archive.Repair{Rebuild: true})
			continue
		}
		f.Remedy = "what came of that event can be asked of another gateway"
	}
}

// goesOn checks a receipt against the one with the leaf before.
func (c *check) goesOn(before, r *receipt) error {
	switch {
	case r.Leaf == before.Leaf:
		return fmt.Errorf("it has leaf %d as event %s does", r.Leaf, before.event)
	case r.Position <= before.Position || r.Commit < before.Commit || r.Epoch < before.Epoch || r.Time < before.Time:
		return fmt.Errorf("its place in the order is before that of event %s, its leaf is not", before.event)
	case r.Commit == before.Commit && r.Time != before.Time:
		return fmt.Errorf("its time is not that of its commit")
	}
	return nil
}

// hash returns a stored hash of the log; nil if there is none.
func (c *check) hash(level int, n uint64) (*proof.Hash, error) {
	if n > dag.MaxInteger {
		return nil, nil
	}
	value, err := c.view.Get(numberKey('h', uint64(tlog.StoredHashIndex(level, int64(n)))))
	if err != nil || len(value) != len(proof.Hash{}) {
		return nil, err
	}
	h := proof.Hash(value)
	return &h, nil
}
