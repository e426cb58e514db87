package engine

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/firmware/reading"
)

// maxBatchBytes closes a batch before its encrypted form outgrows a storage value.
const maxBatchBytes = 3 << 20

// openBatch is the batch that readings go into, from number 1.
type openBatch struct {
	number  uint64
	leaves  [][]byte
	bytes   int
	opened  uint64 // ms of the first reading
	retryAt uint64 // ms before which closing it is not tried again; 0 unless there was no room
	first   uint64 // earliest time that a reading claims, ms
	last    uint64
	devices []DeviceRange
	at      map[dag.Key]int // in devices
}

func newBatch(number uint64) openBatch {
	return openBatch{number: number, at: map[dag.Key]int{}}
}

// full reports whether the batch is to be closed before its window ends.
func (b *openBatch) full(p *Policy) bool {
	return len(b.leaves) >= p.BatchCount || b.bytes >= maxBatchBytes
}

func (b *openBatch) add(now uint64, r *reading.Reading, name string) {
	if len(b.leaves) == 0 {
		b.opened, b.first = now, r.Time()
	}
	b.leaves = append(b.leaves, r.Raw())
	b.bytes += len(r.Raw()) + 4
	b.first, b.last = min(b.first, r.Time()), max(b.last, r.Time())
	n, ok := b.at[r.Device()]
	if !ok {
		n = len(b.devices)
		b.at[r.Device()] = n
		b.devices = append(b.devices, DeviceRange{Device: r.Device(), Name: name, First: r.Seq()})
	}
	b.devices[n].Last = r.Seq()
	b.devices[n].Count++
}

// Batch is a closed batch. Storage keeps it in two entries: what never changes here, and how far its anchor is in an
// anchorRecord, which is small, since it is written again for every batch of an outage when the order goes on.
type Batch struct {
	Number  uint64        `cbor:"-"`
	Count   uint64        `cbor:"count"`
	First   uint64        `cbor:"first"` // earliest time that a reading claims, ms
	Last    uint64        `cbor:"last"`
	Root    []byte        `cbor:"root"`
	Blob    []byte        `cbor:"blob"` // sha2-256 of the encrypted readings
	Devices []batchDevice `cbor:"devices"`
	Event   []byte        `cbor:"-"`      // id of the anchor, once it was issued
	Status  ledger.Status `cbor:"-"`      // of the anchor's receipt, once it is final
	Closed  uint64        `cbor:"closed"` // ms
}

type batchDevice struct {
	Key   []byte `cbor:"key"`
	First uint64 `cbor:"first"`
	Last  uint64 `cbor:"last"`
	Count uint64 `cbor:"count"`
}

// keepReading puts an accepted reading into the open batch, in memory and in storage.
func (e *Engine) keepReading(now uint64, r *reading.Reading) {
	e.storage.Put(openReadingKey(e.batch.number, uint32(len(e.batch.leaves))), r.Raw())
	e.batch.add(now, r, e.devices.byKey[r.Device()].Name)
}

// loadBatches finds the anchors that are not final and the open batch.
func (e *Engine) loadBatches() error {
	anchored := uint64(0)
	err := scanRecords(e.storage, []byte{prefixAnchor}, func(key []byte, a *anchorRecord) error {
		anchored = keyNumber(key)
		e.totals.add(a)
		switch {
		case a.Paused:
			e.stalled = append(e.stalled, anchored)
		case len(a.Event) == len(dag.ID{}) && a.Status == 0:
			e.pending[dag.ID(a.Event)] = anchored
		}
		return nil
	})
	if err != nil {
		return err
	}
	next := anchored + 1 // batches are anchored in their order, so those that are not come behind
	err = e.storage.Scan([]byte{prefixBatch}, numberKey(prefixBatch, next), func(key, _ []byte) bool {
		next = keyNumber(key) + 1
		return true
	})
	if err != nil {
		return err
	}
	e.batch = newBatch(next)
	var failed error
	err = e.storage.Scan(numberKey(prefixOpenReading, next), nil, func(_, raw []byte) bool {
		failed = e.restoreReading(raw)
		return failed == nil
	})
	return errors.Join(err, failed)
}

// restoreReading puts a stored reading of the open batch back into memory. Its device's record may be older.
func (e *Engine) restoreReading(raw []byte) error {
	r, err := reading.Parse(raw)
	if err != nil {
		return fmt.Errorf("data folder: a reading of the open batch: %w", err)
	}
	d := e.devices.byKey[r.Device()]
	if d == nil {
		return fmt.Errorf("data folder: a reading of the open batch is of device %s, which is not registered", r.Device())
	}
	if r.Seq() > d.LastSeq {
		d.accept(r.Seq(), r.Seq()-min(r.Seq(), e.nextSeq(d)), r.Time())
		e.totals.Stored++
		e.devices.dirty[d.Key] = d
	}
	e.batch.add(r.Time(), r, d.Name)
	e.batch.opened = 1 // its window is over: it is closed by the first step
	return nil
}

// closeRetry is when closing a batch is tried again for which there was no room, in ms.
const closeRetry = 5_000

// closeDueBatch closes the open batch when its window is over, also when there is too little room for further readings: what
// was taken is anchored.
func (e *Engine) closeDueBatch(now uint64, out *Effects) error {
	if len(e.batch.leaves) == 0 {
		return nil
	}
	if due := max(e.batch.opened+e.config.Policy.BatchWindow, e.batch.retryAt); now < due {
		out.wake(due)
		return nil
	}
	return e.closeBatch(now, out)
}

// flush closes the open batch at once. It is refused if there is no room for the batch.
func (e *Engine) flush(now uint64, in Flush, out *Effects) error {
	number, empty := e.batch.number, len(e.batch.leaves) == 0
	if !empty {
		if err := e.closeBatch(now, out); err != nil {
			return err
		}
	}
	var refusal *Refusal
	if !empty && e.batch.number == number {
		refusal = &Refusal{CodeDiskFull, e.disk.Why}
	}
	out.reply(in.Ticket, refusal, dag.ID{})
	return nil
}

// closeBatch encrypts the open batch, puts it away and queues its anchor.
func (e *Engine) closeBatch(now uint64, out *Effects) error {
	b := &e.batch
	tree, err := proof.NewBatch(b.leaves)
	if err != nil {
		return err
	}
	root := [32]byte(tree.Head().Root)
	blob := e.Cipher().seal(root, b.leaves)
	name := sha256.Sum256(blob)
	anchor, err := e.encodeAnchor(b, root, name, len(blob))
	if err != nil {
		return err
	}
	if err := e.storage.PutBlob(name, blob); err != nil {
		e.disk, b.retryAt = Disk{Full: true, Why: err.Error()}, now+closeRetry
		return nil //nolint:nilerr // the batch stays open; no reading is lost or taken
	}
	record := Batch{
		Count: uint64(len(b.leaves)), First: b.first, Last: b.last, Root: root[:], Blob: name[:], Closed: now,
		Devices: e.closeSpans(b),
	}
	if err := e.putRecord(numberKey(prefixBatch, b.number), &record); err != nil {
		return err
	}
	if err := e.queue(outboxRecord{Kind: ledger.KindAnchor, Body: anchor, Batch: b.number}); err != nil {
		return err
	}
	for n := range b.leaves {
		e.storage.Delete(openReadingKey(b.number, uint32(n)))
	}
	out.notice(BatchClosed{Batch: b.number, Count: uint64(len(b.leaves)), Digest: name, Size: len(blob)})
	e.batch = newBatch(b.number + 1)
	return e.storeDevices()
}

// closeSpans notes for every device of the batch where its readings are.
func (e *Engine) closeSpans(b *openBatch) []batchDevice {
	list := make([]batchDevice, len(b.devices))
	for i, d := range b.devices {
		list[i] = batchDevice{Key: d.Device[:], First: d.First, Last: d.Last, Count: d.Count}
		e.storage.Put(spanKey(d.Device, d.First), binary.BigEndian.AppendUint64(nil, b.number))
	}
	return list
}

// Batch returns a closed batch.
func (e *Engine) Batch(number uint64) (*Batch, error) {
	b := &Batch{Number: number}
	found, err := e.getRecord(numberKey(prefixBatch, number), b)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("%w: batch %d is missing", ErrStorage, number)
	}
	var a anchorRecord
	if _, err := e.getRecord(numberKey(prefixAnchor, number), &a); err != nil {
		return nil, err
	}
	b.Event, b.Status = a.Event, a.Status
	return b, nil
}
