package engine

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
)

// epochRecord is what storage keeps of an epoch besides its events, from when it begins.
type epochRecord struct {
	// Seal is an encoded proof.Chain of one certificate: the seal that opened the epoch, the committee from then on, and the note of
	// the committee before once a quorum has signed. It is empty for the first epoch.
	Seal     []byte `cbor:"seal,omitempty"`
	Position uint64 `cbor:"position"`          // of its first event
	Ordered  uint64 `cbor:"ordered"`           // events ordered before it
	Opened   uint64 `cbor:"opened"`            // ms, by this node's clock
	Closed   uint64 `cbor:"closed"`            // ms, when it was sealed; 0 while it goes on
	Bytes    uint64 `cbor:"bytes"`             // of its events, once it is sealed
	Skipped  bool   `cbor:"skipped,omitempty"` // it was entered by a snapshot: what was before it is not here
}

// epochRange is an epoch of which events are on disk.
type epochRange struct {
	number    uint64
	record    epochRecord
	certified bool // a quorum has signed how the epoch before ended, and the record has it; true for the first epoch
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
		var err error
		if r.Seal, err = (proof.Chain{{Seal: *s, Next: &next.network.Cosigners}}).Encode(); err != nil {
			return fmt.Errorf("%w: %w", ErrStorage, err)
		}
	}
	e.ranges = append(e.ranges, epochRange{next.network.Epoch, r, next.seal == nil})
	return e.putEpoch(next.network.Epoch, &r)
}

// closeRange notes when the current epoch was sealed, and how much room its events take.
func (e *Engine) closeRange(now uint64) error {
	last := &e.ranges[len(e.ranges)-1]
	last.record.Closed, last.record.Bytes = max(now, 1), e.bytes
	e.bytes = 0
	return e.putEpoch(last.number, &last.record)
}

// certificate returns the seal that opened the epoch, the committee from then on and the note, as far as it is there.
func (r *epochRecord) certificate() (*proof.Certificate, error) {
	chain, err := proof.DecodeChain(r.Seal)
	if err == nil && len(chain) != 1 {
		err = fmt.Errorf("%d certificates", len(chain))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: the record of an epoch: %w", ErrStorage, err)
	}
	return &chain[0], nil
}

// loadRanges reads the records of the epochs that are on disk.
func (e *Engine) loadRanges() error {
	e.ranges = nil
	return scanRecords(e.storage, []byte{prefixEpoch}, func(key []byte, r *epochRecord) error {
		certified := len(r.Seal) == 0
		if !certified {
			certificate, err := r.certificate()
			if err != nil {
				return err
			}
			certified = len(certificate.Note) > 0
		}
		e.ranges = append(e.ranges, epochRange{keyNumber(key), *r, certified})
		return nil
	})
}

// resume returns the epoch that the node was in: the last one on disk.
func (e *Engine) resume(now uint64) error {
	if err := e.loadRanges(); err != nil {
		return err
	}
	switch {
	case e.mending.repair.State: // first of all: events may be left of epochs whose records are gone
		return e.forgetState(now)
	case len(e.ranges) == 0:
		return e.beginFirst(now, 0)
	}
	last := e.ranges[len(e.ranges)-1]
	if len(last.record.Seal) == 0 {
		first, err := e.shared.first()
		if err != nil {
			return err
		}
		e.enter(first, last.record.Position)
		return nil
	}
	certificate, err := last.record.certificate()
	if err != nil {
		return err
	}
	next := e.shared.find(certificate.Seal.Leaf.Hash())
	if next == nil {
		if next, err = e.loadEpoch(&certificate.Seal, last.record.Ordered); err != nil {
			return err
		}
		e.shared.remember(next)
	}
	e.enter(next, last.record.Position)
	return nil
}

// beginFirst begins with the first epoch. Its events get positions from the given one on.
func (e *Engine) beginFirst(now, position uint64) error {
	first, err := e.shared.first()
	if err != nil {
		return err
	}
	for key, value := range first.state.Entries() {
		e.putState(key, value)
	}
	if err := e.openEpoch(now, first, position, false); err != nil {
		return err
	}
	e.enter(first, position)
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
	log, err := seal.Log()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStorage, err)
	}
	network, err := e.config.Network.Next(state)
	if err != nil {
		return nil, err
	}
	return newEpoch(network, start{seal: seal, state: state, log: log, commits: seal.Leaf.Number, ordered: ordered})
}

// loadSlot finds out which of the two places of the state is in use.
func (e *Engine) loadSlot() (err error) {
	e.slot, err = slotInUse(e.storage)
	return err
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
