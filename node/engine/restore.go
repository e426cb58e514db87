package engine

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
)

// replaying is storage that drops what is written, since a replay writes what is there already.
type replaying struct{ Storage }

// Put implements Storage.
func (replaying) Put(_, _ []byte) {}

// Delete implements Storage.
func (replaying) Delete([]byte) {}

// PutBlob implements Storage.
func (replaying) PutBlob([32]byte, []byte) error { return nil }

// ErrOtherNetwork says that the data folder belongs to another network than the genesis.
var ErrOtherNetwork = errors.New("the data folder belongs to another network")

// checkNetwork refuses the data of another network, and marks fresh storage as this one's.
func (e *Engine) checkNetwork() error {
	id := e.config.Network.ID
	kept, err := e.storage.Get(metaNetwork)
	switch {
	case err != nil:
		return err
	case kept == nil:
		e.storage.Put(metaNetwork, id[:])
	case !bytes.Equal(kept, id[:]):
		var other dag.NetworkID
		copy(other[:], kept)
		return fmt.Errorf("%w: it holds %s, the genesis makes %s: put that network's genesis back, or use an empty folder for this one",
			ErrOtherNetwork, other, id)
	}
	return nil
}

// restore brings the engine to where the storage ends.
func (e *Engine) restore(now uint64) error {
	if err := e.checkNetwork(); err != nil {
		return err
	}
	if err := errors.Join(e.loadSlot(), e.loadMarks()); err != nil {
		return err
	}
	if err := e.resume(now); err != nil {
		return err
	}
	storage := e.storage
	if !e.mending.repair.Rebuild {
		e.storage = replaying{storage}
	}
	err := e.replayEvents(now)
	e.storage = storage
	if err != nil {
		return err
	}
	for _, load := range []func() error{e.loadPruning, e.loadSigning, e.loadDevices, e.loadBatches, e.loadOutbox, e.loadSpending} {
		if err := load(); err != nil {
			return err
		}
	}
	if err := e.salvage(now); err != nil {
		return err
	}
	if e.mending.repair != (repairRecord{Blobs: e.mending.repair.Blobs}) {
		e.storage.Delete(metaRepair)
	}
	e.counters = Counters{Restored: uint64(e.graph.Len())}
	e.latency = latencyRing{}
	return e.reissue(now, &Effects{})
}

// replayEvents attaches the stored events of the current epoch in their order; what was decided by them is decided again.
func (e *Engine) replayEvents(now uint64) error {
	var failed error
	var discard Effects
	err := e.storage.Scan([]byte{prefixEvent}, numberKey(prefixEvent, e.base), func(key, block []byte) bool {
		failed = e.replayEvent(now, keyNumber(key), block, &discard)
		discard.Reset()
		return failed == nil
	})
	if err != nil {
		return err
	}
	return failed
}

func (e *Engine) replayEvent(now, position uint64, block []byte, discard *Effects) error {
	if position != e.position() {
		return fmt.Errorf("data folder: event %d is missing, event %d is there", e.position(), position)
	}
	v, err := e.restoreEvent(block)
	if err != nil {
		return fmt.Errorf("data folder: event %d: %w", position, err)
	}
	epoch := e.network.Epoch
	if err := e.add(now, v, "", discard); err != nil {
		return err
	}
	if e.network.Epoch != epoch {
		return fmt.Errorf("%w: event %d ends epoch %d, but what the next one begins with is not in the data folder", ErrStorage, position, epoch)
	}
	if _, ok := e.graph.Find(v.ID()); !ok {
		return fmt.Errorf("data folder: event %d (%s) does not fit the graph before it", position, v.ID())
	}
	return nil
}

// restoreEvent reads a stored event, unless another engine has it.
func (e *Engine) restoreEvent(block []byte) (dag.Verified, error) {
	if e.config.Shared != nil {
		return e.arena.Restore(block)
	}
	return dag.Restore(block)
}
