package light

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/engine/batch"
)

// closeRetry is when closing a batch is tried again for which there was no room, in ms.
const closeRetry = 5_000

// openBatch is the batch that readings go into, from number 1.
type openBatch struct {
	batch.Open
	number  uint64
	retryAt uint64 // ms before which closing it is not tried again; 0 unless there was no room
}

// Batch is a closed batch, and how far its anchor is.
type Batch struct {
	Number uint64
	Anchor ledger.Anchor // what goes on the ledger
	Ranges []batch.Range
	Closed uint64        // ms
	Event  dag.ID        // that carries the anchor; zero while it waits to be issued
	Status ledger.Status // of the anchor's receipt; 0 while it is not proven to be final
}

// batchRecord is what storage keeps of a closed batch, and never changes.
type batchRecord struct {
	Anchor []byte        `cbor:"anchor"`
	Ranges []batch.Range `cbor:"ranges"`
	Closed uint64        `cbor:"closed"`
}

// anchorRecord is how far the anchor of a batch is, from when it was issued.
type anchorRecord struct {
	Event  []byte        `cbor:"event"`
	Count  uint64        `cbor:"count"` // readings in the batch
	Status ledger.Status `cbor:"status,omitempty"`
}

func readingKey(batch, index uint64) []byte {
	return binary.BigEndian.AppendUint64(numberKey(prefixReading, batch), index)
}

// spanKey sorts a device's runs from the newest to the oldest, so that the first entry not below spanKey(device, seq) is the run with
// the highest first number up to seq.
func spanKey(device dag.Key, first uint64) []byte {
	return binary.BigEndian.AppendUint64(idKey(prefixSpan, dag.ID(device)), ^first)
}

// loadBatches finds the open batch and counts the others.
func (m *Machine) loadBatches() error {
	m.batch.number = 1
	err := scanRecords(m.storage, prefixAnchor, func(_ []byte, a *anchorRecord) error {
		m.totals.Anchored += a.Count
		if a.Status != 0 {
			m.totals.Final += a.Count
		}
		return nil
	})
	if err != nil {
		return err
	}
	var failed error
	err = m.storage.Scan(prefixBatch, nil, func(key, _ []byte) bool {
		m.batch.number = keyNumber(key) + 1
		return true
	})
	if err == nil {
		err = m.storage.Scan(numberKey(prefixReading, m.batch.number), nil, func(_, raw []byte) bool {
			failed = m.restoreReading(raw)
			return failed == nil
		})
	}
	return storageError(errors.Join(err, failed))
}

// restoreReading puts a stored reading of the open batch back into memory. Its device's record may be older.
func (m *Machine) restoreReading(raw []byte) error {
	r, err := reading.Parse(append([]byte{}, raw...))
	if err != nil {
		return fmt.Errorf("a reading of the open batch: %w", err)
	}
	d := m.devices.byKey[r.Device()]
	if d == nil {
		return fmt.Errorf("a reading of the open batch is of device %s, which is not registered", r.Device())
	}
	if r.Seq() > d.LastSeq {
		accept(d, r.Seq(), r.Seq()-min(r.Seq(), m.nextSeq(d)), r.Time())
		m.totals.Stored++
	}
	m.batch.Add(1, r) // its window is over: it is closed by the first step
	return nil
}

// closeDue closes the open batch when its window is over.
func (m *Machine) closeDue(now uint64, out *Effects) error {
	if m.batch.Len() == 0 {
		return nil
	}
	if due := max(m.batch.Since()+m.config.Policy.BatchWindow, m.batch.retryAt); now < due {
		out.wake(due)
		return nil
	}
	return m.closeBatch(now)
}

// flush closes the open batch at once. It is refused if there is no room for the batch.
func (m *Machine) flush(now uint64, in engine.Flush, out *Effects) error {
	number, empty := m.batch.number, m.batch.Len() == 0
	if !empty {
		if err := m.closeBatch(now); err != nil {
			return err
		}
	}
	var refusal *engine.Refusal
	if !empty && m.batch.number == number {
		refusal = &engine.Refusal{Code: engine.CodeDiskFull, Detail: m.disk.Why}
	}
	out.reply(in.Ticket, refusal, dag.ID{})
	return nil
}

// closeBatch encrypts the open batch, puts it away and queues its anchor.
func (m *Machine) closeBatch(now uint64) error {
	closed, err := m.batch.Close(m.Cipher(), m.config.Policy.BatchTopic)
	if err != nil {
		return err
	}
	anchor, err := closed.Anchor.Encode()
	if err != nil {
		return err
	}
	if err := m.storage.PutBlob(closed.Anchor.Blob, closed.Blob); err != nil {
		m.disk, m.batch.retryAt = engine.Disk{Full: true, Why: err.Error()}, now+closeRetry
		return nil //nolint:nilerr // the batch stays open; no reading is lost or taken
	}
	number := m.batch.number
	if err := putRecord(m.storage, numberKey(prefixBatch, number), &batchRecord{Anchor: anchor, Ranges: closed.Ranges, Closed: now}); err != nil {
		return err
	}
	for _, r := range closed.Ranges {
		m.storage.Put(spanKey(r.Device, r.First), binary.BigEndian.AppendUint64(nil, number))
		if err := m.storeDevice(m.devices.byKey[r.Device]); err != nil {
			return err
		}
	}
	for n := range m.batch.Len() {
		m.storage.Delete(readingKey(number, uint64(n)))
	}
	m.batch = openBatch{number: number + 1}
	m.own.askAt = 0
	return m.enqueue(queued{Kind: ledger.KindAnchor, Body: anchor, Batch: number}, 0)
}

// anchorIssued notes the event of a batch's anchor.
func (m *Machine) anchorIssued(q *queued, id dag.ID, out *Effects) error {
	if q.Batch == 0 {
		return nil
	}
	anchor, err := ledger.DecodeAnchor(q.Body)
	if err != nil {
		return fmt.Errorf("%w: anchor of batch %d: %w", engine.ErrStorage, q.Batch, err)
	}
	if len(q.Again) == 0 {
		m.totals.Anchored += anchor.Count
	}
	out.notice(engine.BatchAnchored{Batch: q.Batch, Count: anchor.Count, Event: id})
	return putRecord(m.storage, numberKey(prefixAnchor, q.Batch), &anchorRecord{Event: id[:], Count: anchor.Count})
}

// anchorFinal notes that a batch's anchor has its place in the order.
func (m *Machine) anchorFinal(p *pending, status ledger.Status, out *Effects) error {
	if p.batch == 0 {
		return nil
	}
	b, err := m.Batch(p.batch)
	if err != nil {
		return err
	}
	id := p.event.ID()
	m.totals.Final += b.Anchor.Count
	told := engine.BatchFinal{Batch: b.Number, Event: id, Receipt: ledger.Receipt{Event: id, Status: status}}
	for _, r := range b.Ranges {
		named := engine.DeviceRange{Device: r.Device, First: r.First, Last: r.Last, Count: r.Count}
		if d := m.devices.byKey[r.Device]; d != nil {
			named.Name = d.Name
		}
		told.Devices = append(told.Devices, named)
	}
	out.notice(told)
	return putRecord(m.storage, numberKey(prefixAnchor, b.Number), &anchorRecord{Event: id[:], Count: b.Anchor.Count, Status: status})
}
