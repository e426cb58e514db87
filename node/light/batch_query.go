package light

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/engine/batch"
)

// Cipher returns what encrypts the batches of this gateway.
func (m *Machine) Cipher() batch.Cipher {
	return batch.NewCipher(m.config.Network, m.config.Self.BatchKey)
}

// Batch returns a closed batch. The error wraps engine.ErrNotFound or engine.ErrStorage.
func (m *Machine) Batch(number uint64) (*Batch, error) {
	var r batchRecord
	found, err := getRecord(m.storage, numberKey(prefixBatch, number), &r)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("batch %d: %w here", number, engine.ErrNotFound)
	}
	b := &Batch{Number: number, Ranges: r.Ranges, Closed: r.Closed}
	if b.Anchor, err = ledger.DecodeAnchor(r.Anchor); err != nil {
		return nil, fmt.Errorf("%w: batch %d: %w", engine.ErrStorage, number, err)
	}
	var a anchorRecord
	if _, err := getRecord(m.storage, numberKey(prefixAnchor, number), &a); err != nil {
		return nil, err
	}
	copy(b.Event[:], a.Event)
	b.Status = a.Status
	return b, nil
}

// Batches returns the numbers of the newest closed batches that hold readings of a device, newest first; those of all devices for the
// zero key.
func (m *Machine) Batches(device dag.Key, limit int) (numbers []uint64, err error) {
	if device.IsZero() {
		for n := m.batch.number - 1; n > 0 && len(numbers) < limit; n-- {
			numbers = append(numbers, n)
		}
		return numbers, nil
	}
	err = m.storage.Scan(idKey(prefixSpan, dag.ID(device)), nil, func(_, value []byte) bool {
		numbers = append(numbers, binary.BigEndian.Uint64(value))
		return len(numbers) < limit
	})
	return numbers, storageError(err)
}

// OpenReadings returns the readings of the open batch, as they were received, and its number.
func (m *Machine) OpenReadings() (number uint64, readings [][]byte) {
	return m.batch.number, slices.Clone(m.batch.Readings())
}

// BatchReadings returns the readings of a closed batch, as they were received. The error is an *engine.MissingBatch if the encrypted
// batch is not in the data folder.
func (m *Machine) BatchReadings(b *Batch) ([][]byte, error) {
	blob, err := m.storage.GetBlob(b.Anchor.Blob)
	if err != nil {
		return nil, storageError(err)
	}
	if blob == nil {
		return nil, &engine.MissingBatch{Number: b.Number, Digest: b.Anchor.Blob}
	}
	return m.Cipher().Open(b.Anchor.Root, blob)
}

// Placed is a reading in its batch.
type Placed struct {
	Batch   *Batch
	Reading []byte
	Index   uint64
	Path    []proof.Hash
}

// Place returns where a reading is: what proof.File.WithReading takes to make the proof of its anchor one of the reading. The error
// wraps engine.ErrNotFound, or engine.ErrNotYet while its batch is open or not anchored.
func (m *Machine) Place(device dag.Key, seq uint64) (*Placed, error) {
	b, err := m.batchOf(device, seq)
	if err != nil {
		return nil, err
	}
	if b.Event.IsZero() {
		return nil, fmt.Errorf("reading %d of %s: %w: its batch waits to be anchored", seq, device, engine.ErrNotYet)
	}
	readings, err := m.BatchReadings(b)
	if err != nil {
		return nil, err
	}
	index := slices.IndexFunc(readings, func(raw []byte) bool {
		r, err := reading.Parse(raw)
		return err == nil && r.Device() == device && r.Seq() == seq
	})
	if index < 0 {
		return nil, fmt.Errorf("reading %d of %s: %w: the device skipped that number", seq, device, engine.ErrNotFound)
	}
	tree, err := proof.NewBatch(readings)
	if err != nil {
		return nil, err
	}
	path, err := tree.Path(uint64(index))
	return &Placed{Batch: b, Reading: readings[index], Index: uint64(index), Path: path}, err
}

// batchOf returns the closed batch that holds a reading.
func (m *Machine) batchOf(device dag.Key, seq uint64) (*Batch, error) {
	notFound := fmt.Errorf("reading %d of %s: %w here", seq, device, engine.ErrNotFound)
	if d := m.devices.byKey[device]; d == nil || seq > d.LastSeq || seq == 0 {
		return nil, notFound
	}
	if r, open := m.batch.Range(device); open && seq >= r.First {
		return nil, fmt.Errorf("reading %d of %s: %w: its batch is still open", seq, device, engine.ErrNotYet)
	}
	number := uint64(0)
	err := m.storage.Scan(idKey(prefixSpan, dag.ID(device)), spanKey(device, seq), func(_, value []byte) bool {
		number = binary.BigEndian.Uint64(value)
		return false
	})
	switch {
	case err != nil:
		return nil, storageError(err)
	case number == 0:
		return nil, notFound
	}
	return m.Batch(number)
}
