package engine

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
)

// outcome is what a commit does to the ledger, the same for every node. It is immutable, but for the links to what follows. A
// Shared that remembers all also links back; for a node that is alone links lead forward only, so that it keeps no outcome that
// it has passed.
type outcome struct {
	epoch   *epoch
	commit  *finality.Commit
	number  uint64 // of the commit in the network's whole order, from 1
	ordered uint64 // events ordered up to it, in the whole order
	leader  dag.ID
	state   *ledger.State  // after it
	log     *proof.Log     // after it
	head    proof.TreeHead // of log
	finals  []final        // of the payload events, in order
	writes  []write        // what storage keeps of it
	before  *outcome       // nil if what was passed is let go of
	next    []*outcome     // more than one only where nodes contradict each other
	seal    *proof.Seal    // if the commit is the last of its epoch
	opens   *epoch         // the next one, once somebody has sealed
}

// final is an ordered payload event with its receipt.
type final struct {
	index    dag.Index
	event    *dag.Event
	receipt  ledger.Receipt
	position uint64 // in the order of all events, from 1
}

// write is an entry for storage.
type write struct{ key, value []byte }

// follow returns the outcome of the commit that comes next. It is computed once, whichever node asks first. The error wraps
// ErrStorage.
func (s *Shared) follow(before *outcome, c *finality.Commit) (*outcome, error) {
	for _, o := range before.next {
		if o.commit == c {
			return o, nil
		}
	}
	o, err := s.apply(before, c)
	if err != nil {
		return nil, err
	}
	if !s.private {
		o.before = before
	}
	before.next = append(before.next, o)
	return o, nil
}

// apply runs a commit through the ledger and appends its outcome to the transparency log.
func (s *Shared) apply(before *outcome, c *finality.Commit) (*outcome, error) {
	rules, arena := before.epoch.network.Rules, before.epoch.arena
	o := &outcome{
		epoch: before.epoch, commit: c, number: before.number + 1, leader: arena.ID(c.Leader), log: before.log, head: before.head,
	}
	state, err := rules.Open(before.state, ledger.Commit{Number: o.number, Time: c.Time})
	if err != nil { // the order follows from the events, so these are not what they were
		return nil, fmt.Errorf("%w: %w", ErrStorage, err)
	}
	if payloads := o.payloads(); payloads > 0 {
		o.finals, o.writes = make([]final, 0, payloads), make([]write, 0, 4*payloads+2)
	}
	o.ordered = before.ordered
	for _, ordered := range c.Events {
		o.ordered++
		event := arena.Event(ordered.Index)
		var receipt ledger.Receipt
		state, receipt = rules.Apply(state, event, ordered.Duplicate)
		if event.IsWitness() {
			continue
		}
		o.finals = append(o.finals, final{index: ordered.Index, event: event, receipt: receipt, position: o.ordered})
	}
	o.state = rules.Close(state)
	return o, s.close(o)
}

// payloads counts the events of a commit that carry a payload.
func (o *outcome) payloads() (n int) {
	for _, ordered := range o.commit.Events {
		if !o.epoch.arena.Event(ordered.Index).IsWitness() {
			n++
		}
	}
	return n
}

// close appends to the log what a commit adds to it: a leaf for each payload event and a closing leaf, and if it seals the epoch
// the seal's. Commits that order no payload and seal nothing leave the log as it was.
func (s *Shared) close(o *outcome) (err error) {
	seals := o.epoch.ends(o.commit, o.state)
	if len(o.finals) == 0 && !seals {
		return nil
	}
	o.log = o.log.Clone()
	for n := range o.finals {
		if err := o.record(&o.finals[n]); err != nil {
			return err
		}
	}
	if len(o.finals) > 0 {
		closing := proof.ClosingLeaf{
			Leader: o.leader, Number: o.number, Time: o.commit.Time, State: o.state.Root(), Committee: o.epoch.cosigners,
		}
		if _, err := o.appendLeaf(closing.Hash()); err != nil {
			return err
		}
	}
	if seals {
		return s.seal(o)
	}
	o.head, err = o.log.Head()
	return storageError(err)
}

// seal ends the epoch: what was decided for the next one takes effect in the state, and a leaf of its own says so.
func (s *Shared) seal(o *outcome) error {
	o.state = o.epoch.network.Rules.Seal(o.state)
	next, err := o.epoch.network.terms(o.state)
	if err != nil {
		return fmt.Errorf("%w: the state after epoch %d: %w", ErrStorage, o.epoch.network.Epoch, err)
	}
	seal, added, err := proof.NewSeal(o.log, proof.SealLeaf{
		Epoch: o.epoch.network.Epoch, Leader: o.leader, Number: o.number, Ordered: o.ordered, Time: o.commit.Time,
		State: o.state.Root(), Committee: next.Cosigners.Hash(), Version: next.Version,
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStorage, err)
	}
	o.keep(added)
	o.seal, o.head = &seal, seal.Head
	return nil
}

// record keeps the receipt of an ordered payload event and appends its leaf.
func (o *outcome) record(f *final) error {
	receipt := &f.receipt
	leaf, err := o.appendLeaf(proof.EventLeaf{Event: f.event.ID(), Status: receipt.Status}.Hash())
	if err != nil {
		return err
	}
	r := receiptRecord{
		Status: receipt.Status, Reason: receipt.Reason, Epoch: o.epoch.network.Epoch, Commit: o.number, Leaf: leaf,
		Position: f.position, Time: o.commit.Time,
	}
	if !receipt.BeatenBy.IsZero() {
		r.BeatenBy = receipt.BeatenBy[:]
	}
	key := digestKey(prefixReceipt, f.event.ID())
	value, err := encodeRecord(key, &r)
	o.writes = append(o.writes, write{key, value})
	return err
}

// appendLeaf adds a leaf to the log, notes the new hashes for storage, and returns its index.
func (o *outcome) appendLeaf(leaf proof.Hash) (uint64, error) {
	added, err := o.log.Append(leaf)
	if err != nil {
		return 0, fmt.Errorf("%w: append to the log: %w", ErrStorage, err)
	}
	o.keep(added)
	return added.Leaf, nil
}

// keep notes what storage keeps of an addition to the log.
func (o *outcome) keep(added proof.Appended) {
	for n := range added.Hashes {
		o.writes = append(o.writes, write{numberKey(prefixLogHash, added.First+uint64(n)), added.Hashes[n][:]})
	}
}
