package engine

import (
	"encoding/binary"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
)

// epochRecord is what storage keeps of an epoch besides its events, from when it begins. The first epoch's has no seal.
type epochRecord struct {
	Leaf     []byte `cbor:"leaf,omitempty"` // of the seal that opened it
	Size     uint64 `cbor:"size"`           // of the log then
	Root     []byte `cbor:"root,omitempty"`
	Edge     []byte `cbor:"edge,omitempty"` // the log's edge, hash after hash
	Position uint64 `cbor:"position"`       // of its first event
	Ordered  uint64 `cbor:"ordered"`        // events ordered before it
	Opened   uint64 `cbor:"opened"`         // ms, by this node's clock
	Closed   uint64 `cbor:"closed"`         // ms, when it was sealed; 0 while it goes on
	Bytes    uint64 `cbor:"bytes"`          // of its events, once it is sealed
	Skipped  bool   `cbor:"skipped,omitempty"` // it was entered by a snapshot: what was before it is not here
	Trimmed  uint64 `cbor:"trimmed"`        // leaves of the log before this one that have been looked at; see prune.go
	Before   []byte `cbor:"before,omitempty"` // the committee that signs the seal, as proof.Committee encodes itself
	Note     []byte `cbor:"note,omitempty"` // the checkpoint of exactly Size, once that committee has signed it
}

// epochRange is an epoch of which events are on disk.
type epochRange struct {
	number uint64
	record epochRecord
}

// end returns the position behind the epoch's last event.
func (e *Engine) endOf(n int) uint64 {
	if n+1 < len(e.ranges) {
		return e.ranges[n+1].record.Position
	}
	return e.position()
}

func (e *Engine) putEpoch(number uint64, r *epochRecord) error {
	return e.putRecord(numberKey(prefixEpoch, number), r)
}

// openEpoch writes what is needed to begin with an epoch after a restart.
func (e *Engine) openEpoch(now uint64, next *epoch, position uint64, skipped bool) error {
	r := epochRecord{Position: position, Ordered: next.ordered, Opened: now, Skipped: skipped}
	if s := next.seal; s != nil {
		r.Leaf, r.Size, r.Root = s.Leaf.Encode(), s.Head.Size, s.Head.Root[:]
		for _, h := range s.Edge {
			r.Edge = append(r.Edge, h[:]...)
		}
		before, err := e.network.Cosigners.Encode()
		if err != nil {
			return err
		}
		r.Before = before
	}
	e.ranges = append(e.ranges, epochRange{next.network.Epoch, r})
	return e.putEpoch(next.network.Epoch, &r)
}

// closeRange notes when the current epoch was sealed, and how much room its events take.
func (e *Engine) closeRange(now uint64) error {
	last := &e.ranges[len(e.ranges)-1]
	last.record.Closed, last.record.Bytes = max(now, 1), e.bytes
	e.bytes = 0
	return e.putEpoch(last.number, &last.record)
}

// opened returns the seal that an epoch record tells of.
func (r *epochRecord) seal() (*proof.Seal, error) {
	leaf, err := proof.DecodeSealLeaf(r.Leaf)
	if err != nil {
		return nil, err
	}
	if len(r.Root) != len(proof.Hash{}) || len(r.Edge)%len(proof.Hash{}) != 0 {
		return nil, fmt.Errorf("root of %d bytes, edge of %d", len(r.Root), len(r.Edge))
	}
	s := &proof.Seal{Leaf: leaf, Head: proof.TreeHead{Size: r.Size, Root: proof.Hash(r.Root)}}
	for edge := r.Edge; len(edge) > 0; edge = edge[len(proof.Hash{}):] {
		s.Edge = append(s.Edge, proof.Hash(edge))
	}
	return s, s.Check()
}

// loadRanges reads the records of the epochs that are on disk.
func (e *Engine) loadRanges() error {
	e.ranges = nil
	return scanRecords(e.storage, []byte{prefixEpoch}, func(key []byte, r *epochRecord) error {
		e.ranges = append(e.ranges, epochRange{keyNumber(key), *r})
		return nil
	})
}

// resume returns the epoch that the node was in: the last one on disk.
func (e *Engine) resume(now uint64) error {
	if err := e.loadRanges(); err != nil {
		return err
	}
	if len(e.ranges) == 0 {
		return e.beginFirst(now)
	}
	last := e.ranges[len(e.ranges)-1]
	if len(last.record.Leaf) == 0 {
		first, err := e.shared.first()
		if err != nil {
			return err
		}
		e.enter(first, last.record.Position)
		return nil
	}
	seal, err := last.record.seal()
	if err != nil {
		return fmt.Errorf("%w: the record of epoch %d: %w", ErrStorage, last.number, err)
	}
	next := e.shared.find(seal.Leaf.Hash())
	if next == nil {
		if next, err = e.loadEpoch(seal, last.record.Ordered); err != nil {
			return err
		}
		e.shared.remember(next)
	}
	e.enter(next, last.record.Position)
	return nil
}

// beginFirst begins with the first epoch.
func (e *Engine) beginFirst(now uint64) error {
	first, err := e.shared.first()
	if err != nil {
		return err
	}
	for key, value := range first.state.Entries() {
		e.putState(key, value)
	}
	if err := e.openEpoch(now, first, 0, false); err != nil {
		return err
	}
	e.enter(first, 0)
	return nil
}

// loadEpoch builds an epoch from the state on disk.
func (e *Engine) loadEpoch(seal *proof.Seal, ordered uint64) (*epoch, error) {
	state, err := e.loadState()
	if err != nil {
		return nil, err
	}
	if state.Root() != seal.Leaf.State {
		return nil, fmt.Errorf("%w: the state on disk is not the one that epoch %d ended with", ErrStorage, seal.Leaf.Epoch)
	}
	log, err := proof.ResumeLog(seal.Head.Size, seal.Edge, seal.Head.Root)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStorage, err)
	}
	network, err := e.config.Network.Next(state)
	if err != nil {
		return nil, err
	}
	return newEpoch(network, start{seal: seal, state: state, log: log, commits: seal.Leaf.Number, ordered: ordered})
}

// The entries of the state with which the current epoch began are kept in one of two places, so that a snapshot can be put beside
// them and take their place at once.

// stateKey returns the key of an entry of the state in use.
func (e *Engine) stateKey(key []byte) []byte {
	return append([]byte{prefixState, e.slot}, key...)
}

// putState keeps an entry of the state; a nil value removes it.
func (e *Engine) putState(key, value []byte) {
	if value == nil {
		e.storage.Delete(e.stateKey(key))
		return
	}
	e.storage.Put(e.stateKey(key), value)
}

// loadState reads the state with which the current epoch began.
func (e *Engine) loadState() (*ledger.State, error) {
	var failed error
	state, err := ledger.Load(func(yield func(key, value []byte) bool) {
		failed = e.storage.Scan([]byte{prefixState, e.slot}, nil, func(key, value []byte) bool { return yield(key[2:], value) })
	})
	if failed != nil {
		return nil, failed
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStorage, err)
	}
	return state, nil
}

// eventOnDisk returns an event of any epoch by its position; nil if it is not there.
func (e *Engine) eventOnDisk(position uint64) (*dag.Event, error) {
	block, err := e.storage.Get(numberKey(prefixEvent, position))
	if err != nil || block == nil {
		return nil, err
	}
	v, err := dag.Restore(block)
	if err != nil {
		return nil, fmt.Errorf("%w: event %d: %w", ErrStorage, position, err)
	}
	return v.Event, nil
}

func slotOf(b []byte) byte {
	if len(b) == 8 {
		return byte(binary.BigEndian.Uint64(b))
	}
	return 0
}
