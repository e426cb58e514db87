package audit

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/node/archive"
	"github.com/ledgerofthings/lot/node/store"
)

// batches are the closed batches with what belongs to them.
type batches struct {
	closed  map[uint64]batchRecord
	anchors map[uint64]anchorRecord
	spans   map[string]uint64   // by key
	last    uint64              // number of the newest batch
	issued  map[[32]byte]dag.ID // own anchors by their root; nil until it is asked for
}

func newBatches() batches {
	return batches{closed: map[uint64]batchRecord{}, anchors: map[uint64]anchorRecord{}, spans: map[string]uint64{}}
}

// readAnchor takes down how far the anchor of a batch is.
func readAnchor(c *check, key, value []byte) error {
	n, err := number(key)
	if err != nil {
		return err
	}
	record, err := decode[anchorRecord](value)
	if err == nil && len(record.Event) != len(dag.ID{}) {
		err = errors.New("it names no event")
	}
	if err == nil {
		c.batches.anchors[n] = record
	}
	return err
}

// readSpan takes down in which batch a run of a device's readings is.
func readSpan(c *check, key, value []byte) error {
	if len(key) != 41 || len(value) != 8 {
		return fmt.Errorf("key and value have %d and %d bytes, want 41 and 8", len(key), len(value))
	}
	c.batches.spans[string(key)] = binary.BigEndian.Uint64(value)
	return nil
}

// readBatch checks a batch by itself.
func readBatch(c *check, key, value []byte) error {
	n, err := number(key)
	if err != nil {
		return err
	}
	c.batches.last = max(c.batches.last, n)
	b, err := decode[batchRecord](value)
	if err != nil {
		return err
	}
	if len(b.Root) != 32 || len(b.Blob) != 32 || b.Count == 0 || b.Count > ledger.MaxAnchorCount || b.First > b.Last {
		return fmt.Errorf("%d readings from %d to %d, root and blob of %d and %d bytes", b.Count, b.First, b.Last, len(b.Root), len(b.Blob))
	}
	sum := uint64(0)
	for _, d := range b.Devices {
		if len(d.Key) != 32 || d.First == 0 || d.First > d.Last || d.Count == 0 || d.Count > d.Last-d.First+1 {
			return fmt.Errorf("%d readings of device %x from number %d to %d", d.Count, d.Key, d.First, d.Last)
		}
		sum += d.Count
	}
	if sum != b.Count {
		return fmt.Errorf("it has %d readings, of its devices are %d", b.Count, sum)
	}
	c.batches.closed[n] = b
	return nil
}

// endBatches holds the batches against their anchors and spans.
func (c *check) endBatches() error {
	expected := uint64(0)
	for _, n := range slices.Sorted(maps.Keys(c.batches.closed)) {
		if expected++; n != expected && expected > 1 {
			c.report.add(&Finding{Kind: "batch", Where: fmt.Sprint(n), What: "batches before it are missing", Remedy: remedyNone})
		}
		expected = n
		b := c.batches.closed[n]
		if err := c.anchored(n, &b); err != nil {
			return err
		}
		c.spansOf(n, &b)
	}
	c.strayAnchors()
	c.straySpans()
	return nil
}

// anchored compares a batch with its anchor, which is an event or waits in the outbox.
func (c *check) anchored(n uint64, b *batchRecord) error {
	record, issued := c.batches.anchors[n]
	var body []byte
	if issued {
		event, err := c.eventBy(dag.ID(record.Event))
		if err != nil {
			return err
		}
		if event == nil { // it waits, its epoch came from elsewhere, or it is not the right one
			_, err := c.findAnchor(n, b)
			return err
		}
		body = event.Body()
	} else if body = c.outbox.anchors[n]; body == nil {
		if found, err := c.findAnchor(n, b); err != nil || found {
			return err
		}
		c.report.add(&Finding{Kind: "batch", Where: fmt.Sprint(n), What: "it has no anchor, and none waits to be issued", Remedy: remedyOwn})
		return nil
	}
	a, err := ledger.DecodeAnchor(body)
	switch {
	case err != nil:
		err = fmt.Errorf("its anchor %x is none", record.Event)
	case a.Root != [32]byte(b.Root) || a.Blob != [32]byte(b.Blob) || a.Count != b.Count || a.First != b.First || a.Last != b.Last:
		err = errors.New("its anchor is about other readings")
	case issued && record.Count != b.Count:
		err = fmt.Errorf("its anchor counts %d readings of %d", record.Count, b.Count)
	}
	if err != nil {
		c.report.add(&Finding{Kind: "batch", Where: fmt.Sprint(n), What: err.Error(), Remedy: remedyOwn}).forced(fix{op: putAside, key: numberKey('m', n)})
	}
	return nil
}

// findAnchor looks among the own events for the anchor of a batch whose record of it is lost, and has it written again.
func (c *check) findAnchor(n uint64, b *batchRecord) (bool, error) {
	if c.batches.issued == nil {
		c.batches.issued = map[[32]byte]dag.ID{}
		for _, ids := range [][]dag.ID{slices.Collect(maps.Keys(c.events.mine)), slices.Collect(maps.Keys(c.own))} {
			for _, id := range ids { // order does not matter: a root is anchored once
				event, err := c.eventBy(id)
				if err != nil {
					return false, err
				}
				if event == nil || event.Kind() != ledger.KindAnchor {
					continue
				}
				if a, err := ledger.DecodeAnchor(event.Body()); err == nil {
					c.batches.issued[a.Root] = id
				}
			}
		}
	}
	id, found := c.batches.issued[[32]byte(b.Root)]
	if !found {
		return false, nil
	}
	record := anchorRecord{Event: id[:], Count: b.Count}
	if value, err := c.view.Get(digestKey('r', id)); err == nil && value != nil {
		if receipt, err := decode[receiptRecord](value); err == nil {
			record.Status = receipt.Status
		}
	}
	value, err := recordEnc.Marshal(record)
	if err != nil {
		return false, err
	}
	c.report.add(&Finding{Kind: "anchor", Where: fmt.Sprint(n), What: "it does not name the event that anchors its batch", Remedy: remedyDerived}).
		can(archive.Repair{}, fix{op: write, key: numberKey('a', n), value: value})
	return true, nil
}

// eventBy returns an event by its id; nil if it is not here.
func (c *check) eventBy(id dag.ID) (*dag.Event, error) {
	block, err := c.view.Get(digestKey('o', id))
	if err != nil || block == nil {
		if err != nil || !c.events.payloads[id] {
			return nil, err
		}
		if block, err = c.blockOf(id); err != nil || block == nil {
			return nil, err
		}
	}
	event, err := dag.Decode(block)
	if err != nil {
		return nil, nil //nolint:nilerr // reported when it was read
	}
	return event, nil
}

// blockOf finds an own event of the epochs on disk.
func (c *check) blockOf(id dag.ID) ([]byte, error) {
	position, ok := c.events.mine[id]
	if !ok {
		return nil, nil
	}
	return c.view.Get(numberKey('e', position))
}

// spansOf checks that every device of a batch is found through a span, and takes these spans off those that were read.
func (c *check) spansOf(n uint64, b *batchRecord) {
	for _, d := range b.Devices {
		key := binary.BigEndian.AppendUint64(append([]byte{'i'}, d.Key...), ^d.First)
		got, ok := c.batches.spans[string(key)]
		delete(c.batches.spans, string(key))
		if ok && got == n {
			continue
		}
		c.report.add(&Finding{Kind: "span", Where: fmt.Sprintf("of device %s from %d", dag.Key(d.Key), d.First),
			What: fmt.Sprintf("it does not name batch %d", n), Remedy: remedyDerived}).
			can(archive.Repair{}, fix{op: write, key: key, value: binary.BigEndian.AppendUint64(nil, n)})
	}
}

// straySpans reports spans that belong to no batch.
func (c *check) straySpans() {
	for _, key := range slices.Sorted(maps.Keys(c.batches.spans)) {
		c.report.add(&Finding{Kind: "span", Where: where([]byte(key)), What: fmt.Sprintf("batch %d does not begin there", c.batches.spans[key]),
			Remedy: remedyDerived}).can(archive.Repair{}, fix{op: remove, key: []byte(key)})
	}
}

// strayAnchors reports anchors that belong to no batch.
func (c *check) strayAnchors() {
	for _, n := range slices.Sorted(maps.Keys(c.batches.anchors)) {
		if _, ok := c.batches.closed[n]; ok {
			c.status(n)
			continue
		}
		c.report.add(&Finding{Kind: "anchor", Where: fmt.Sprint(n), What: "its batch is not here", Remedy: remedyOwn}).
			forced(fix{op: putAside, key: numberKey('a', n)})
	}
}

// status compares what is kept of an anchor's outcome with its receipt.
func (c *check) status(n uint64) {
	record := c.batches.anchors[n]
	value, err := c.view.Get(digestKey('r', [32]byte(record.Event)))
	if err != nil || value == nil {
		return
	}
	receipt, err := decode[receiptRecord](value)
	if err != nil || receipt.Status == record.Status || !receipt.Status.IsValid() {
		return
	}
	record.Status = receipt.Status
	again, err := recordEnc.Marshal(record)
	if err != nil {
		return
	}
	c.report.add(&Finding{Kind: "anchor", Where: fmt.Sprint(n), What: "its outcome is not that of its receipt", Remedy: remedyDerived}).
		can(archive.Repair{}, fix{op: write, key: numberKey('a', n), value: again})
}

// readBlobs reads every encrypted batch, and looks for those that are missing.
func (c *check) readBlobs(ctx context.Context, s *store.Store) error {
	for _, d := range s.Blobs() {
		c.step()
		c.report.Blobs++
		_, err := c.view.Blob(d)
		switch {
		case errors.Is(err, store.ErrCorrupt):
			c.report.add(&Finding{Kind: "encrypted batch", Where: d.String(), What: "its content is not what its name says", Remedy: remedyPeers}).
				can(archive.Repair{Blobs: true}, fix{op: setBlobAside, digest: d})
		case err != nil:
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return archive.MissingBlobs(c.view, s.HasBlob, func(n uint64, d store.Digest) error {
		if c.restored {
			c.report.Awaited++
			return ctx.Err()
		}
		c.report.add(&Finding{Kind: "encrypted batch", Where: fmt.Sprintf("%d (%s)", n, d), What: "it is missing",
			Remedy: "--repair marks the folder, and the next start gets it from the gateways that keep copies"}).can(archive.Repair{Blobs: true})
		return ctx.Err()
	})
}

// readOutbox checks a payload that waits to be issued.
func readOutbox(c *check, key, value []byte) error {
	n, err := number(key)
	if err != nil {
		return err
	}
	o := &c.outbox
	if o.begun && n != o.next {
		c.report.add(&Finding{Kind: "payload of the outbox", Where: fmt.Sprint(n), What: fmt.Sprintf("those from %d on are missing", o.next), Remedy: remedyNone})
	}
	o.begun, o.next = true, n+1
	record, err := decode[outboxRecord](value)
	if err != nil {
		return err
	}
	if record.Kind != ledger.KindAnchor {
		return nil
	}
	if _, err := ledger.DecodeAnchor(record.Body); err != nil {
		return err
	}
	if record.Batch != 0 {
		if _, ok := c.batches.closed[record.Batch]; !ok && len(record.Again) == 0 {
			return fmt.Errorf("its batch %d is not here", record.Batch)
		}
	}
	if o.anchors == nil {
		o.anchors = map[uint64][]byte{}
	}
	o.anchors[record.Batch] = bytes.Clone(record.Body)
	return nil
}

// outbox is what waits to be issued.
type outbox struct {
	begun   bool
	next    uint64
	anchors map[uint64][]byte // bodies, by batch
}
