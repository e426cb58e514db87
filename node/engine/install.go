package engine

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/dag/snapshot"
)

// A node that is far behind, or new, does not replay what happened. It fetches the state with which the newest epoch began, in chunks
// that are verified one by one, from several peers: Staged, Stage, ..., then Install, each committed before the next. Nothing of that
// touches what the node is doing, and a crash costs at most the chunk under way. An engine that is made after Install begins with
// that epoch; what is the node's own (devices, batches, payloads that wait) stays.

// stagedRecord says of which seal a state is being put together.
type stagedRecord struct {
	Seal []byte `cbor:"seal"`
}

// Chunk names a part of a state as package snapshot cuts it.
type Chunk struct {
	Bits, Part int
}

func (c Chunk) key() []byte {
	return binary.BigEndian.AppendUint64([]byte{prefixStaged, byte(c.Bits)}, uint64(c.Part))
}

// Staged returns the chunks of the state after a seal that are in storage, to go on with where it was left.
func Staged(s Storage, seal proof.Hash) (map[Chunk]bool, error) {
	chunks := map[Chunk]bool{}
	var record stagedRecord
	if found, err := getRecord(s, metaStaged, &record); err != nil || !found || !bytes.Equal(record.Seal, seal[:]) {
		return chunks, err
	}
	err := s.Scan([]byte{prefixStaged}, nil, func(key, _ []byte) bool {
		chunks[Chunk{Bits: int(key[1]), Part: int(keyNumber(key[1:]))}] = true
		return true
	})
	return chunks, storageError(err)
}

// Unstage deletes some of what was staged for another seal, and reports whether all of it is gone. Call and commit it until it is.
func Unstage(s Storage) (done bool, err error) {
	slot, err := slotInUse(s)
	if err != nil {
		return false, err
	}
	s.Delete(metaStaged)
	left := clearEvents
	for _, prefix := range [][]byte{{prefixStaged}, {prefixState, otherSlot(slot)}} {
		if left, err = deleteSome(s, prefix, left); err != nil || left == 0 {
			return false, err
		}
	}
	return true, nil
}

// clearEvents is how many entries one call deletes.
const clearEvents = 4_096

// deleteSome deletes up to limit entries under a prefix and returns what is left of the limit.
func deleteSome(s Storage, prefix []byte, limit int) (int, error) {
	var keys [][]byte
	err := s.Scan(prefix, nil, func(key, _ []byte) bool {
		keys = append(keys, append([]byte(nil), key...))
		return len(keys) < limit
	})
	for _, key := range keys {
		s.Delete(key)
	}
	return limit - len(keys), storageError(err)
}

// Stage keeps a chunk that snapshot.Open has verified against the state root of the seal. If chunks of another seal are there,
// call Unstage first.
func Stage(s Storage, seal proof.Hash, chunk Chunk, entries []snapshot.Entry) error {
	slot, err := slotInUse(s)
	if err != nil {
		return err
	}
	record, err := encodeRecord(metaStaged, &stagedRecord{Seal: seal[:]})
	if err != nil {
		return err
	}
	s.Put(metaStaged, record)
	for _, e := range entries {
		s.Put(append([]byte{prefixState, otherSlot(slot)}, e.Key...), append([]byte(nil), e.Value...))
	}
	s.Put(chunk.key(), []byte{1})
	return nil
}

// ErrPassed says that a snapshot does not bring the node on: it is in that epoch already, or in a later one.
var ErrPassed = errors.New("the snapshot is not of a later epoch")

// ErrIncomplete says that what is staged is not the state that a seal names.
var ErrIncomplete = errors.New("the staged state is not complete")

// Install makes the staged state the one that the node begins with, in the epoch after a seal. The chain must be verified; its last
// certificate is that of the seal, and own is the node's event key. Payloads of the node that were not final when it fell behind are
// issued again, but for transfers of which the state shows that they took effect. Errors wrap ErrIncomplete, ErrPassed, ErrTooOld or
// ErrStorage.
func Install(s Storage, now uint64, n *Network, own dag.Key, seal *proof.Seal, committee proof.Committee, chain proof.Chain) error {
	i := installation{Engine: &Engine{config: Config{Network: *n}, storage: guarded{s}}, own: own}
	slot, err := slotInUse(s)
	if err != nil {
		return err
	}
	i.slot = otherSlot(slot)
	state, err := i.loadState()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrIncomplete, err)
	}
	if state.Root() != seal.Leaf.State {
		return fmt.Errorf("%w: its root is %x, the end of epoch %d names %x", ErrIncomplete, state.Root(), seal.Leaf.Epoch, seal.Leaf.State)
	}
	if i.network, err = n.Next(state); err != nil {
		return err
	}
	if err := i.loadRanges(); err != nil {
		return err
	}
	if last := len(i.ranges) - 1; last >= 0 && i.ranges[last].number > seal.Leaf.Epoch {
		return fmt.Errorf("%w: this gateway is in epoch %d", ErrPassed, i.ranges[last].number)
	}
	if err := i.loadOutbox(); err != nil {
		return err
	}
	for _, do := range []func() error{
		func() error { return i.saveOwn(state) },
		func() error { return i.putChanges(chain, seal.Leaf.Epoch) },
		i.putJump,
		func() error { return i.putLog(seal) },
		func() error { return i.begin(now, seal, committee, chain) },
	} {
		if err := do(); err != nil {
			return err
		}
	}
	s.Put(metaSlot, []byte{i.slot})
	s.Delete(metaStaged)
	return nil
}

// installation borrows the engine's ways with storage.
type installation struct {
	*Engine
	own dag.Key
}

// saveOwn puts the payloads of own events that are not known to be final into the outbox.
func (i *installation) saveOwn(state *ledger.State) error {
	if len(i.ranges) == 0 {
		return nil
	}
	var failed error
	position := i.ranges[len(i.ranges)-1].record.Position
	i.base = position
	err := i.storage.Scan([]byte{prefixEvent}, numberKey(prefixEvent, position), func(key, block []byte) bool {
		i.base = keyNumber(key) + 1
		var v dag.Verified
		if v, failed = dag.Restore(block); failed == nil && v.Key() == i.own && !v.IsWitness() {
			failed = i.saveEvent(v.Event, state)
		}
		return failed == nil
	})
	if err != nil || failed != nil {
		return errors.Join(err, storageError(failed))
	}
	return i.queueVoided()
}

// saveEvent keeps an own event, and notes it to be issued again unless it is final or its effect is in the state.
func (e *Engine) saveEvent(event *dag.Event, state *ledger.State) error {
	id := event.ID()
	_, final, err := e.receipt(id)
	if err != nil {
		return err
	}
	e.storage.Put(digestKey(prefixOwn, id), event.Block())
	if final {
		return nil
	}
	if t, err := ledger.DecodeTransfer(event.Body()); err == nil && event.Kind() == ledger.KindTransfer {
		if by, used := state.UsedBy(event.Account(), t.Sequence); used && by == id {
			return e.putRecord(digestKey(prefixReceipt, id), &receiptRecord{
				Status: ledger.StatusApplied, Reason: "it took effect while this gateway was away", Epoch: event.Epoch(), Leaf: noLeaf,
			})
		}
	}
	e.voided = append(e.voided, void{id, event.Kind(), event.Body()})
	return nil
}

// noLeaf stands where an event's leaf in the log is not known.
const noLeaf = dag.MaxInteger

// queueVoided puts what is to be issued again into the outbox.
func (i *installation) queueVoided() error {
	if err := scanRecords(i.storage, []byte{prefixAnchor}, func(key []byte, a *anchorRecord) error {
		if i.pending == nil {
			i.pending = map[dag.ID]uint64{}
		}
		if len(a.Event) == len(dag.ID{}) && a.Status == 0 {
			i.pending[dag.ID(a.Event)] = keyNumber(key)
		}
		return nil
	}); err != nil {
		return err
	}
	return i.reissue(0, &Effects{})
}

// putJump keeps the newest checkpoint that the own log covers: own events up to there can be proven by it, since of what lies between this
// node has no hashes.
func (i *installation) putJump() error {
	var record checkpointRecord
	found, err := i.getRecord(metaCovered, &record)
	if err != nil || !found {
		return err
	}
	text, _, _ := strings.Cut(string(record.Note), "\n\n")
	c, err := proof.ParseCheckpoint(text + "\n")
	if err != nil {
		return nil //nolint:nilerr // a damaged note proves nothing; the start says so
	}
	return i.putRecord(numberKey(prefixJump, c.Size), &record)
}

// putLog keeps the hashes that proofs about later leaves need of the log up to the seal.
func (i *installation) putLog(seal *proof.Seal) error {
	log, err := seal.Log()
	if err != nil {
		return err
	}
	edge := log.Edge()
	for level := 63; level >= 0; level-- {
		if seal.Head.Size>>level&1 == 0 {
			continue
		}
		index := tlog.StoredHashIndex(level, int64(seal.Head.Size>>level-1))
		i.storage.Put(numberKey(prefixLogHash, uint64(index)), edge[0][:])
		edge = edge[1:]
	}
	return nil
}

// begin writes what the node begins with.
func (i *installation) begin(now uint64, seal *proof.Seal, committee proof.Committee, chain proof.Chain) error {
	last := chain[len(chain)-1]
	encoded, err := proof.Chain{{Seal: *seal, Note: last.Note, Next: &committee}}.Encode()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStorage, err)
	}
	if len(i.ranges) > 0 {
		before := &i.ranges[len(i.ranges)-1]
		before.record.Closed = max(now, 1)
		if err := i.putEpoch(before.number, &before.record); err != nil {
			return err
		}
	}
	record, err := encodeRecord(metaCheckpoint, &checkpointRecord{Epoch: seal.Leaf.Epoch, Note: last.Note})
	if err != nil {
		return err
	}
	i.storage.Put(metaCheckpoint, record)
	return i.putEpoch(seal.Leaf.Epoch+1, &epochRecord{
		Seal: encoded, Position: i.base, Ordered: seal.Leaf.Ordered, Opened: now, Skipped: true,
	})
}

// slotInUse returns which of the two places of the state is in use.
func slotInUse(s Storage) (byte, error) {
	b, err := s.Get(metaSlot)
	if err != nil || len(b) != 1 {
		return 0, storageError(err)
	}
	return b[0], nil
}

func otherSlot(slot byte) byte { return 1 - slot }
