package audit

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/archive"
)

// epochs are the records of the epochs of which something is on disk, oldest first.
type epochs struct {
	list    []epochEntry
	damaged bool // a record was left out
}

type epochEntry struct {
	number uint64
	record epochRecord
	seal   *proof.Seal      // that opened it; nil for the first
	signs  *proof.Committee // checkpoints of the epoch; nil if it is not known
}

// at returns the epoch that the event at a position is of; 0 if no record tells.
func (e *epochs) at(position uint64) (number uint64) {
	for _, entry := range e.list {
		if entry.record.Position <= position {
			number = entry.number
		}
	}
	return number
}

// current returns the position of the first event of the current epoch.
func (e *epochs) current() uint64 {
	if len(e.list) == 0 {
		return 0
	}
	return e.list[len(e.list)-1].record.Position
}

// size returns the size of the log when the current epoch began.
func (e *epochs) size() uint64 {
	if len(e.list) == 0 || e.list[len(e.list)-1].seal == nil {
		return 0
	}
	return e.list[len(e.list)-1].seal.Head.Size
}

// skipped reports whether any epoch was entered by a snapshot.
func (e *epochs) skipped() bool {
	return slices.ContainsFunc(e.list, func(entry epochEntry) bool { return entry.record.Skipped })
}

// begins reports whether an epoch begins at a position.
func (e *epochs) begins(position uint64) bool {
	return slices.ContainsFunc(e.list, func(entry epochEntry) bool { return entry.record.Position == position })
}

// start returns the position of an epoch's first event; the greatest number if no record tells.
func (e *epochs) start(number uint64) uint64 {
	for _, entry := range e.list {
		if entry.number == number {
			return entry.record.Position
		}
	}
	return ^uint64(0)
}

// sealOf returns the seal that ended an epoch; nil if it goes on.
func (e *epochs) sealOf(number uint64) *proof.Seal {
	for _, entry := range e.list {
		if entry.number == number+1 {
			return entry.seal
		}
	}
	return nil
}

// committee returns who signs checkpoints in an epoch; nil if it is not known here.
func (c *check) committee(epoch uint64) *proof.Committee {
	for _, e := range c.epochs.list {
		if e.number == epoch && e.signs != nil {
			return e.signs
		}
	}
	if epoch == 1 && len(c.options.Cosigners.Members) > 0 {
		return &c.options.Cosigners
	}
	return nil
}

// newest returns the current epoch; 1 if no record tells.
func (e *epochs) newest() uint64 {
	if len(e.list) == 0 {
		return 1
	}
	return e.list[len(e.list)-1].number
}

// readEpoch checks a record by itself and against the one before.
func readEpoch(c *check, key, value []byte) error {
	entry, err := decodeEpoch(key, value)
	if err == nil && len(c.epochs.list) > 0 {
		err = entry.follows(&c.epochs.list[len(c.epochs.list)-1])
	}
	if err != nil {
		c.epochs.damaged = true
		return err
	}
	c.epochs.list = append(c.epochs.list, entry)
	return nil
}

func decodeEpoch(key, value []byte) (entry epochEntry, err error) {
	if entry.number, err = number(key); err != nil {
		return entry, err
	}
	if entry.record, err = decode[epochRecord](value); err != nil {
		return entry, err
	}
	return entry, entry.readSeal()
}

// readSeal checks the seal that opened an epoch.
func (e *epochEntry) readSeal() error {
	if len(e.record.Seal) == 0 {
		if e.number != 1 {
			return fmt.Errorf("the seal of the epoch before is missing")
		}
		return nil
	}
	chain, err := proof.DecodeChain(e.record.Seal)
	if err != nil {
		return err
	}
	if len(chain) != 1 {
		return fmt.Errorf("it has %d certificates, want 1", len(chain))
	}
	seal := &chain[0].Seal
	if err := seal.Check(); err != nil {
		return err
	}
	if seal.Leaf.Epoch+1 != e.number {
		return fmt.Errorf("its seal is that of epoch %d", seal.Leaf.Epoch)
	}
	if next := chain[0].Next; next != nil && next.Hash() != seal.Leaf.Committee {
		return fmt.Errorf("its committee is not the one that the seal names")
	}
	e.seal, e.signs = seal, chain[0].Next
	return nil
}

// follows checks a record against the one before, which is that of the epoch before, or any earlier one if a snapshot led past some.
func (e *epochEntry) follows(before *epochEntry) error {
	switch {
	case e.number != before.number+1 && !e.record.Skipped:
		return fmt.Errorf("it follows epoch %d", before.number)
	case e.record.Position < before.record.Position || e.record.Ordered < before.record.Ordered:
		return fmt.Errorf("it begins before epoch %d", before.number)
	case before.seal != nil && e.seal != nil && e.seal.Head.Size <= before.seal.Head.Size:
		return fmt.Errorf("its log does not go on from that of epoch %d", before.number)
	}
	return nil
}

// endEpochs checks that the epochs begin and end where the events do.
func (c *check) endEpochs() error {
	if len(c.epochs.list) == 0 && c.events.begun {
		c.report.add(&Finding{Kind: "epoch record", Where: "of any epoch", What: "there is none, but there are events", Remedy: remedyAnew}).
			can(archive.Repair{Salvaged: true, State: true}, fix{op: cut, key: numberKey('e', c.events.first), intact: true}, fix{op: removeAll, key: []byte{'s'}})
	}
	if len(c.epochs.list) > 0 && c.events.begun && c.events.first < c.epochs.list[0].record.Position {
		c.report.add(&Finding{Kind: "epoch record", Where: fmt.Sprint("before ", c.epochs.list[0].number),
			What: "there are events of an epoch without a record", Remedy: remedyNone + ": they are pruned in time"})
	}
	if current := c.epochs.current(); c.events.begun && c.events.next < current {
		c.report.add(&Finding{Kind: "epoch record", Where: fmt.Sprint(c.epochs.newest()), What: fmt.Sprintf("it begins at position %d, the events end at %d",
			current, c.events.next), Remedy: "the epoch before is over, and other gateways have it: " + remedyNone})
	}
	return nil
}

// endState loads the state with which the current epoch began, and compares its root with the seal or the genesis.
func (c *check) endState() error {
	if len(c.epochs.list) == 0 {
		return nil // all follows from the events, from genesis on
	}
	slot, err := c.view.Get([]byte("vslot"))
	if err != nil {
		return err
	}
	prefix := []byte{'s', 0}
	if len(slot) == 1 {
		prefix[1] = slot[0]
	}
	want := c.options.First.Root()
	if seal := c.epochs.list[len(c.epochs.list)-1].seal; seal != nil {
		want = seal.Leaf.State
	}
	var failed error
	state, err := ledger.Load(func(yield func(key, value []byte) bool) {
		failed = c.view.Scan(prefix, nil, func(key, value []byte) bool { return yield(key[2:], value) })
	})
	switch {
	case failed != nil:
		return failed
	case err == nil && state.Root() == want:
		return nil
	case err == nil:
		err = fmt.Errorf("its root is not the one that was sealed")
	}
	found := c.report.add(&Finding{Kind: "state entry", Where: fmt.Sprint("of epoch ", c.epochs.newest()), What: err.Error(), Remedy: remedyPeers})
	if c.epochs.newest() == 1 {
		found.Remedy = remedyDerived
		found.can(archive.Repair{}, c.firstState(prefix)...)
		return nil
	}
	found.can(archive.Repair{State: true}, fix{op: removeAll, key: prefix})
	return nil
}

// firstState writes the state of genesis.
func (c *check) firstState(prefix []byte) []fix {
	fixes := []fix{{op: removeAll, key: prefix}}
	for key, value := range c.options.First.Entries() {
		fixes = append(fixes, fix{op: write, key: append(bytes.Clone(prefix), key...), value: value})
	}
	return fixes
}
