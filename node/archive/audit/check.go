package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/archive"
	"github.com/ledgerofthings/lot/node/store"
)

// Options say what a data folder is held against.
type Options struct {
	Network dag.NetworkID
	Key     dag.Key       // issues the gateway's events
	First   *ledger.State // of the network, by its genesis
	// Cosigners sign the checkpoints of the first epoch.
	Cosigners proof.Committee
	// Progress is told how many entries and batches were read; nil for nobody.
	Progress func(done uint64)
}

// check is one run over a data folder.
type check struct {
	view    *reader
	options Options
	report  *Report
	done    uint64

	epochs   epochs
	events   events
	receipts receipts
	hashes   hashes
	batches  batches
	devices  devices
	outbox   outbox
	places   map[dag.ID]uint64 // of events, as noted
	own      map[dag.ID]bool   // own events of former epochs
	jumps    []jump
	restored bool // the folder comes from a backup, and the gateway has not caught up since
}

// Check reads the whole data folder and returns what it found. It changes nothing. What it holds in memory grows with the
// number of events, receipts and batches, by some 100 bytes each. The error wraps one of package store if the folder cannot be
// read on, or is ctx's.
func Check(ctx context.Context, s *store.Store, o Options) (*Report, error) {
	snapshot, err := s.Snapshot()
	if err != nil {
		return nil, fmt.Errorf("check: %w", err)
	}
	c := newCheck(&reader{Snapshot: snapshot}, o)
	err = errors.Join(c.run(ctx, s), c.view.err)
	if err = errors.Join(err, snapshot.Close()); err != nil {
		return c.report, fmt.Errorf("check: %w", err)
	}
	return c.report, nil
}

func newCheck(view *reader, o Options) *check {
	if o.Progress == nil {
		o.Progress = func(uint64) {}
	}
	return &check{
		view: view, options: o, report: &Report{Entries: map[string]uint64{}},
		events: newEvents(), batches: newBatches(), devices: newDevices(),
		places: map[dag.ID]uint64{}, own: map[dag.ID]bool{},
	}
}

// run reads every entry, and then holds what it read against each other.
func (c *check) run(ctx context.Context, s *store.Store) error {
	mark, err := c.view.Get([]byte(archive.RestoredKey))
	if err != nil {
		return err
	}
	c.restored = mark != nil
	c.report.Restored = c.restored
	var failed error
	err = c.view.Scan(nil, nil, func(key, value []byte) bool {
		c.read(key, value)
		failed = errors.Join(c.view.err, ctx.Err())
		return failed == nil
	})
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	for _, compare := range []func() error{
		c.endEvents, c.endEpochs, c.endPlaces, c.endReceipts, c.endHashes, c.endJumps, c.endState, c.endNotes, c.endBatches, c.endDevices,
	} {
		if err := errors.Join(compare(), ctx.Err()); err != nil {
			return err
		}
	}
	return c.readBlobs(ctx, s)
}

// read checks one entry by the table.
func (c *check) read(key, value []byte) {
	c.step()
	for _, rule := range table {
		if !bytes.HasPrefix(key, []byte(rule.prefix)) {
			continue
		}
		c.report.Entries[archive.KindOf(key).Name]++
		if err := rule.read(c, key, value); err != nil && c.view.err == nil {
			rule.fault(c, bytes.Clone(key), err)
		}
		return
	}
	kind := archive.KindOf(key)
	c.report.Entries[kind.Name]++
	if !kind.Known() {
		c.report.add(&Finding{Kind: kind.Name, Where: fmt.Sprintf("%x", key), What: "this program does not know it", Remedy: remedyNewer})
	}
}

func (c *check) step() {
	c.done++
	c.options.Progress(c.done)
}
