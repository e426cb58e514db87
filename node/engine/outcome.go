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
	commit *finality.Commit
	leader dag.ID
	state  *ledger.State  // after it
	log    *proof.Log     // after it
	head   proof.TreeHead // of log
	finals []final        // of the payload events, in order
	writes []write        // what storage keeps of it
	before *outcome       // nil if what was passed is let go of
	next   []*outcome     // more than one only where nodes contradict each other
}

// final is an ordered payload event with its receipt.
type final struct {
	index   dag.Index
	event   *dag.Event
	receipt ledger.Receipt
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
	if s.genesis != nil {
		o.before = before
	}
	before.next = append(before.next, o)
	return o, nil
}

// apply runs a commit through the ledger and appends its outcome to the transparency log.
func (s *Shared) apply(before *outcome, c *finality.Commit) (*outcome, error) {
	rules := s.network.Rules
	state, err := rules.Open(before.state, ledger.Commit{Number: c.Number, Time: c.Time})
	if err != nil { // the order follows from the events, so these are not what they were
		return nil, fmt.Errorf("%w: %w", ErrStorage, err)
	}
	o := &outcome{commit: c, leader: s.arena.ID(c.Leader), log: before.log, head: before.head}
	if payloads := s.payloads(c); payloads > 0 {
		o.log = before.log.Clone()
		o.finals, o.writes = make([]final, 0, payloads), make([]write, 0, 4*payloads+2)
	}
	position := uint64(c.Ordered() - len(c.Events))
	for _, ordered := range c.Events {
		position++
		event := s.arena.Event(ordered.Index)
		var receipt ledger.Receipt
		state, receipt = rules.Apply(state, event, ordered.Duplicate)
		if event.IsWitness() {
			continue
		}
		o.finals = append(o.finals, final{index: ordered.Index, event: event, receipt: receipt})
		if err := o.record(position, event, receipt); err != nil {
			return nil, err
		}
	}
	o.state = rules.Close(state)
	if len(o.finals) == 0 {
		return o, nil
	}
	return o, s.close(o)
}

// payloads counts the events of a commit that carry a payload.
func (s *Shared) payloads(c *finality.Commit) (n int) {
	for _, ordered := range c.Events {
		if !s.arena.Event(ordered.Index).IsWitness() {
			n++
		}
	}
	return n
}

// close ends the outcome of a commit that ordered payloads with its closing leaf.
func (s *Shared) close(o *outcome) (err error) {
	closing := proof.ClosingLeaf{
		Leader: o.leader, Number: o.commit.Number, Time: o.commit.Time,
		State: o.state.Root(), Committee: s.cosigners,
	}
	if _, err := o.appendLeaf(closing.Hash()); err != nil {
		return err
	}
	if o.head, err = o.log.Head(); err != nil {
		return fmt.Errorf("%w: %w", ErrStorage, err)
	}
	return nil
}

// record keeps the receipt of an ordered payload event and appends its leaf.
func (o *outcome) record(position uint64, event *dag.Event, receipt ledger.Receipt) error {
	leaf, err := o.appendLeaf(proof.EventLeaf{Event: event.ID(), Status: receipt.Status}.Hash())
	if err != nil {
		return err
	}
	r := receiptRecord{
		Status: receipt.Status, Reason: receipt.Reason, Commit: o.commit.Number, Leaf: leaf, Position: position, Time: o.commit.Time,
	}
	if !receipt.BeatenBy.IsZero() {
		r.BeatenBy = receipt.BeatenBy[:]
	}
	key := digestKey(prefixReceipt, event.ID())
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
	for n := range added.Hashes {
		o.writes = append(o.writes, write{numberKey(prefixLogHash, added.First+uint64(n)), added.Hashes[n][:]})
	}
	return added.Leaf, nil
}
