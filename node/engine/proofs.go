package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/firmware/reading"
)

// Errors of the proof queries. Those that wrap ErrNotYet pass by themselves.
var (
	ErrNotFound = errors.New("not found")
	ErrNotYet   = errors.New("not provable yet")
)

// MissingBatch says that the encrypted readings of a batch are not in the data folder. A peer may have them.
type MissingBatch struct {
	Number uint64
	Digest [32]byte // sha2-256 of the encrypted batch
}

// Error implements error.
func (m *MissingBatch) Error() string {
	return fmt.Sprintf("the encrypted readings of batch %d are neither in the data folder nor at a connected peer", m.Number)
}

// Is makes it match ErrNotFound.
func (m *MissingBatch) Is(target error) bool { return target == ErrNotFound }

// ProveEvent returns the proof file of an event with a payload.
func (e *Engine) ProveEvent(id dag.ID) (*proof.File, error) {
	event, err := e.Find(id)
	if err != nil {
		return nil, err
	}
	if event == nil {
		return nil, fmt.Errorf("event %s: %w here", id, ErrNotFound)
	}
	if event.IsWitness() {
		return nil, fmt.Errorf("event %s: %w: a witness event has no payload and no place in the log", id, ErrNotFound)
	}
	receipt, final, err := e.receipt(id)
	if err != nil {
		return nil, err
	}
	if !final {
		return nil, fmt.Errorf("event %s: %w: it is not final", id, ErrNotYet)
	}
	if receipt.Leaf == noLeaf {
		return nil, fmt.Errorf("event %s: its proof is %w: it took effect while this gateway was away; another gateway that keeps epoch %d may have it",
			id, ErrNotFound, event.Epoch())
	}
	if e.signing.note == nil || receipt.Leaf >= e.signing.checkpoint.Size {
		return nil, fmt.Errorf("event %s: %w: no quorum has signed a checkpoint that covers it", id, ErrNotYet)
	}
	checkpoint, err := e.checkpointFor(receipt.Leaf)
	if err != nil {
		return nil, fmt.Errorf("event %s: %w", id, err)
	}
	if checkpoint.Size > e.at.head.Size {
		return nil, fmt.Errorf("event %s: %w: this gateway has not ordered all that the newest checkpoint covers", id, ErrNotYet)
	}
	file, err := proof.NewFile(event, receipt.Status, receipt.Leaf, logStore{e.storage}, checkpoint)
	if err != nil {
		return nil, err
	}
	chain, err := e.Certificates()
	if err != nil {
		return nil, err
	}
	if file, err = file.WithChain(chain); err != nil {
		return nil, err
	}
	if err := e.holds(file); err != nil {
		return nil, fmt.Errorf("event %s: %w", id, err)
	}
	return file, nil
}

// checkpointFor returns the checkpoint to which a leaf of the log is proven: the newest, or, of what was before a snapshot was installed,
// the newest from before that.
func (e *Engine) checkpointFor(leaf uint64) (proof.SignedCheckpoint, error) {
	var record checkpointRecord
	found := false
	err := e.storage.Scan([]byte{prefixJump}, numberKey(prefixJump, leaf+1), func(key, value []byte) bool {
		found = decodeRecord(key, value, &record) == nil
		return false
	})
	if err != nil || !found {
		return e.signing.signed, err
	}
	committee, err := e.committeeOf(record.Epoch)
	if err != nil {
		return proof.SignedCheckpoint{}, err
	}
	return proof.OpenCheckpoint(record.Note, committee)
}

// committeeOf returns the committee of an epoch, as the certificates tell.
func (e *Engine) committeeOf(epoch uint64) (proof.Committee, error) {
	committee := e.config.Network.Cosigners
	chain, err := e.Certificates()
	for _, c := range chain {
		if c.Next != nil && c.Seal.Leaf.Epoch < epoch {
			committee = *c.Next
		}
	}
	committee.Epoch = epoch
	return committee, err
}

// Find returns an event of any epoch, if it is here; else nil.
func (e *Engine) Find(id dag.ID) (*dag.Event, error) {
	if i, ok := e.graph.Find(id); ok && i >= dag.Roots {
		return e.arena.Event(i), nil
	}
	return e.oldEvent(id)
}

// oldEvent returns an event of an earlier epoch that has a receipt or is this node's own; nil if it is not here.
func (e *Engine) oldEvent(id dag.ID) (*dag.Event, error) {
	block, err := e.storage.Get(digestKey(prefixOwn, id))
	if err != nil {
		return nil, err
	}
	if block == nil {
		return e.indexedEvent(id)
	}
	v, err := dag.Restore(block)
	if err != nil {
		return nil, fmt.Errorf("%w: own event %s: %w", ErrStorage, id, err)
	}
	return v.Event, nil
}

// indexedEvent looks an event up by where its receipt says that it was attached.
func (e *Engine) indexedEvent(id dag.ID) (*dag.Event, error) {
	b, err := e.storage.Get(digestKey(prefixPlace, id))
	if err != nil || len(b) != 8 {
		return nil, err
	}
	event, err := e.eventOnDisk(binary.BigEndian.Uint64(b))
	if err != nil || event == nil || event.ID() != id {
		return nil, err
	}
	return event, nil
}

// ProveReading returns the proof file of a reading of a device of this gateway.
func (e *Engine) ProveReading(device dag.Key, seq uint64) (*proof.File, error) {
	batch, err := e.batchOf(device, seq)
	if err != nil {
		return nil, err
	}
	if len(batch.Event) != len(dag.ID{}) {
		return nil, fmt.Errorf("reading %d of %s: %w: its batch waits to be anchored", seq, device, ErrNotYet)
	}
	file, err := e.ProveEvent(dag.ID(batch.Event))
	if err != nil {
		return nil, fmt.Errorf("reading %d of %s: %w", seq, device, err)
	}
	leaves, err := e.BatchReadings(batch)
	if err != nil {
		return nil, err
	}
	index, err := findReading(leaves, device, seq)
	if err != nil {
		return nil, err
	}
	tree, err := proof.NewBatch(leaves)
	if err != nil {
		return nil, err
	}
	path, err := tree.Path(uint64(index))
	if err != nil {
		return nil, err
	}
	return file.WithReading(leaves[index], uint64(index), path)
}

// batchOf returns the closed batch that holds a reading.
func (e *Engine) batchOf(device dag.Key, seq uint64) (*Batch, error) {
	notFound := fmt.Errorf("reading %d of %s: %w here", seq, device, ErrNotFound)
	if d := e.devices.byKey[device]; d == nil || seq > d.LastSeq || seq == 0 {
		return nil, notFound
	}
	if at, ok := e.batch.at[device]; ok && seq >= e.batch.devices[at].First {
		return nil, fmt.Errorf("reading %d of %s: %w: its batch is still open", seq, device, ErrNotYet)
	}
	number := uint64(0)
	err := e.storage.Scan(digestKey(prefixSpan, device), spanKey(device, seq), func(_, value []byte) bool {
		number = binary.BigEndian.Uint64(value)
		return false
	})
	if err != nil {
		return nil, err
	}
	if number == 0 {
		return nil, notFound
	}
	return e.Batch(number)
}

// BatchReadings returns the readings of a closed batch, as they were received.
func (e *Engine) BatchReadings(b *Batch) ([][]byte, error) {
	blob, err := e.storage.GetBlob([32]byte(b.Blob))
	if err != nil {
		return nil, err
	}
	if blob == nil {
		return nil, &MissingBatch{Number: b.Number, Digest: [32]byte(b.Blob)}
	}
	return e.Cipher().Open(b, blob)
}

// Blob returns an encrypted batch by the sha2-256 of its bytes; nil if it is not here.
func (e *Engine) Blob(digest [32]byte) ([]byte, error) {
	return e.storage.GetBlob(digest)
}

func findReading(leaves [][]byte, device dag.Key, seq uint64) (int, error) {
	index := slices.IndexFunc(leaves, func(raw []byte) bool {
		r, err := reading.Parse(raw)
		return err == nil && r.Device() == device && r.Seq() == seq
	})
	if index < 0 {
		return 0, fmt.Errorf("reading %d of %s: %w: the device skipped that number", seq, device, ErrNotFound)
	}
	return index, nil
}
