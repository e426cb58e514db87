package engine

import (
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// anchorRecord is what storage keeps of how far the anchor of a batch is, from when it was issued.
type anchorRecord struct {
	Event  []byte        `cbor:"event"`
	Count  uint64        `cbor:"count"`            // readings in the batch
	Status ledger.Status `cbor:"status,omitempty"` // of the receipt, once it is final
	Paused bool          `cbor:"paused,omitempty"` // it had no effect since anchors were paused: it is issued again when they are not
}

func (t *Totals) add(a *anchorRecord) {
	t.Anchored += a.Count
	if a.Status != 0 {
		t.Final += a.Count
	}
}

func (e *Engine) encodeAnchor(b *openBatch, root, blob [32]byte, size int) ([]byte, error) {
	return ledger.Anchor{
		Root: root, Count: uint64(len(b.leaves)), First: b.first, Last: b.last,
		Topic: e.config.Policy.BatchTopic, Blob: blob, Size: uint64(size),
	}.Encode()
}

// issueAnchor issues a queued anchor and notes its event with the batch. A sole member's event may be final at once.
func (e *Engine) issueAnchor(now uint64, r outboxRecord, out *Effects) (dag.ID, error) {
	batch, err := e.Batch(r.Batch)
	if err != nil {
		return dag.ID{}, err
	}
	id, err := e.issue(now, r.Kind, r.Body, out)
	if err != nil {
		return dag.ID{}, err
	}
	if len(r.Again) == 0 {
		e.totals.Anchored += batch.Count
	}
	if len(r.Again) == len(id) {
		delete(e.pending, dag.ID(r.Again))
	}
	e.pending[id] = r.Batch
	if err := e.putRecord(numberKey(prefixAnchor, r.Batch), &anchorRecord{Event: id[:], Count: batch.Count}); err != nil {
		return id, err
	}
	out.notice(BatchAnchored{Batch: r.Batch, Count: batch.Count, Event: id})
	receipt, final, err := e.receipt(id)
	if err != nil || !final {
		return id, err
	}
	return id, e.batchFinal(id, ledger.Receipt{Event: id, Status: receipt.Status, Reason: receipt.Reason}, out)
}

// batchFinal notes that a batch's anchor has its place in the order.
func (e *Engine) batchFinal(id dag.ID, receipt ledger.Receipt, out *Effects) error {
	number, ok := e.pending[id]
	if !ok {
		return nil
	}
	delete(e.pending, id)
	batch, err := e.Batch(number)
	if err != nil {
		return err
	}
	if receipt.Status == ledger.StatusModulePaused {
		e.stalled = append(e.stalled, number)
		return e.putRecord(numberKey(prefixAnchor, number), &anchorRecord{Event: id[:], Count: batch.Count, Paused: true})
	}
	record := anchorRecord{Event: id[:], Count: batch.Count, Status: receipt.Status}
	if err := e.putRecord(numberKey(prefixAnchor, number), &record); err != nil {
		return err
	}
	e.totals.Final += batch.Count
	out.notice(BatchFinal{Batch: number, Event: id, Receipt: receipt, Devices: e.deviceRanges(batch)})
	return nil
}

// deviceRanges names the devices of a batch.
func (e *Engine) deviceRanges(b *Batch) []DeviceRange {
	list := make([]DeviceRange, len(b.Devices))
	for i, d := range b.Devices {
		list[i] = DeviceRange{Device: dag.Key(d.Key), First: d.First, Last: d.Last, Count: d.Count}
		if known := e.devices.byKey[list[i].Device]; known != nil {
			list[i].Name = known.Name
		}
	}
	return list
}

// anchorStalled issues the anchors again that had no effect while anchors were paused.
func (e *Engine) anchorStalled(now uint64, out *Effects) error {
	if len(e.stalled) == 0 || slices.Contains(e.at.state.Paused(), ledger.Anchors{}.Name()) {
		return nil
	}
	for _, number := range e.stalled {
		batch, err := e.Batch(number)
		if err != nil {
			return err
		}
		event, err := e.Find(dag.ID(batch.Event))
		if err != nil {
			return err
		}
		if event == nil { // it cannot be: own events are kept
			continue
		}
		if err := e.queue(outboxRecord{Kind: event.Kind(), Body: event.Body(), Batch: number, Again: batch.Event}); err != nil {
			return err
		}
	}
	e.stalled = nil
	out.wake(now)
	return nil
}
