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

// Batch is a closed batch as storage keeps it.
type Batch struct {
	Number  uint64        `cbor:"-"`
	Count   uint64        `cbor:"count"`
	First   uint64        `cbor:"first"` // earliest time that a reading claims, ms
	Last    uint64        `cbor:"last"`
	Root    []byte        `cbor:"root"`
	Blob    []byte        `cbor:"blob"` // sha2-256 of the encrypted readings
	Devices []batchDevice `cbor:"devices"`
	Event   []byte        `cbor:"event,omitempty"`  // id of the anchor, once it was issued
	Status  ledger.Status `cbor:"status,omitempty"` // of the anchor's receipt, once it is final
	Closed  uint64        `cbor:"closed"`           // ms
}

func (t *Totals) add(b *Batch) {
	if len(b.Event) > 0 {
		t.Anchored += b.Count
	}
	if b.Status != 0 {
		t.Final += b.Count
	}
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

// loadBatches finds the open batch and the anchors that are not final.
func (e *Engine) loadBatches() error {
	next := uint64(1)
	err := scanRecords(e.storage, []byte{prefixBatch}, func(key []byte, b *Batch) error {
		next = keyNumber(key) + 1
		e.totals.add(b)
		if len(b.Event) == len(dag.ID{}) && b.Status == 0 {
			e.pending[dag.ID(b.Event)] = keyNumber(key)
		}
		return nil
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
		d.accept(r.Seq(), r.Seq()-e.nextSeq(d), r.Time())
		e.totals.Stored++
		e.devices.dirty[d.Key] = d
	}
	e.batch.add(r.Time(), r, d.Name)
	e.batch.opened = 1 // its window is over: it is closed by the first step
	return nil
}

// closeDueBatch closes the open batch when its window is over.
func (e *Engine) closeDueBatch(now uint64, out *Effects) error {
	if len(e.batch.leaves) == 0 || e.disk.Full {
		return nil
	}
	if due := e.batch.opened + e.config.Policy.BatchWindow; now < due {
		out.wake(due)
		return nil
	}
	return e.closeBatch(now)
}

// flush closes the open batch at once. It is refused if there is no room for the batch.
func (e *Engine) flush(now uint64, in Flush, out *Effects) error {
	number, empty := e.batch.number, len(e.batch.leaves) == 0
	if !empty {
		if err := e.closeBatch(now); err != nil {
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
func (e *Engine) closeBatch(now uint64) error {
	b := &e.batch
	tree, err := proof.NewBatch(b.leaves)
	if err != nil {
		return err
	}
	root := [32]byte(tree.Head().Root)
	blob := e.seal(root, b.leaves)
	name := sha256.Sum256(blob)
	if err := e.storage.PutBlob(name, blob); err != nil {
		e.disk = Disk{Full: true, Why: err.Error()}
		return nil //nolint:nilerr // the batch stays open; no reading is lost or taken
	}
	record := Batch{
		Count: uint64(len(b.leaves)), First: b.first, Last: b.last, Root: root[:], Blob: name[:], Closed: now,
		Devices: e.closeSpans(b),
	}
	if err := e.putRecord(numberKey(prefixBatch, b.number), &record); err != nil {
		return err
	}
	if err := e.queueAnchor(b, root, name, len(blob)); err != nil {
		return err
	}
	for n := range b.leaves {
		e.storage.Delete(openReadingKey(b.number, uint32(n)))
	}
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

func (e *Engine) queueAnchor(b *openBatch, root, blob [32]byte, size int) error {
	body, err := ledger.Anchor{
		Root: root, Count: uint64(len(b.leaves)), First: b.first, Last: b.last,
		Topic: e.config.Policy.BatchTopic, Blob: blob, Size: uint64(size),
	}.Encode()
	if err != nil {
		return err
	}
	return e.queue(outboxRecord{Kind: ledger.KindAnchor, Body: body, Batch: b.number})
}

// issueAnchor issues a queued anchor and notes its event with the batch.
func (e *Engine) issueAnchor(now uint64, r outboxRecord, out *Effects) error {
	id, err := e.anchorEvent(now, r, out)
	if err != nil {
		return err
	}
	record, err := e.Batch(r.Batch)
	if err != nil {
		return err
	}
	out.notice(BatchAnchored{Batch: r.Batch, Count: record.Count, Event: id})
	return nil
}

// anchorEvent issues the anchor. The batch is noted as pending first, because a sole member's event is final at once.
func (e *Engine) anchorEvent(now uint64, r outboxRecord, out *Effects) (dag.ID, error) {
	record, err := e.Batch(r.Batch)
	if err != nil {
		return dag.ID{}, err
	}
	id, err := e.issue(now, r.Kind, r.Body, out)
	if err != nil {
		return dag.ID{}, err
	}
	e.totals.Anchored += record.Count
	record.Event = id[:]
	e.pending[id] = r.Batch
	if err := e.putRecord(numberKey(prefixBatch, r.Batch), record); err != nil {
		return dag.ID{}, err
	}
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
	record, err := e.Batch(number)
	if err != nil {
		return err
	}
	record.Status = receipt.Status
	if err := e.putRecord(numberKey(prefixBatch, number), record); err != nil {
		return err
	}
	n := BatchFinal{Batch: number, Event: id, Receipt: receipt}
	for _, d := range record.Devices {
		r := DeviceRange{Device: dag.Key(d.Key), First: d.First, Last: d.Last, Count: d.Count}
		if known := e.devices.byKey[r.Device]; known != nil {
			r.Name = known.Name
		}
		n.Devices = append(n.Devices, r)
	}
	e.totals.Final += record.Count
	out.notice(n)
	return nil
}

// Batch returns a closed batch.
func (e *Engine) Batch(number uint64) (*Batch, error) {
	b := &Batch{Number: number}
	found, err := e.getRecord(numberKey(prefixBatch, number), b)
	if err == nil && !found {
		err = fmt.Errorf("data folder: batch %d is missing", number)
	}
	return b, err
}

// seal encrypts readings with XChaCha20-Poly1305 under the key of their root. The plaintext is each reading after its
// length in 4 big-endian bytes. The nonce is zero: a key is used for one plaintext only, since the root is the plaintext's
// hash. The network id and the root are authenticated along.
func (e *Engine) seal(root [32]byte, leaves [][]byte) []byte {
	var plain []byte
	for _, leaf := range leaves {
		plain = binary.BigEndian.AppendUint32(plain, uint32(len(leaf)))
		plain = append(plain, leaf...)
	}
	aead, nonce, extra := e.cipher(root)
	return aead.Seal(nil, nonce, plain, extra)
}
