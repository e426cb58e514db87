package engine

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// Queries read the engine between steps, in the goroutine that steps it.

// State returns the ledger as of the last commit. It is immutable and may be kept and read anywhere.
func (e *Engine) State() *ledger.State { return e.at.state }

// Counters returns what was counted since the engine was made.
func (e *Engine) Counters() Counters { return e.counters }

// Frontier visits every key that has issued events in the epoch with the highest number up to which all of them are in the graph.
func (e *Engine) Frontier(visit func(key dag.Key, seq uint64)) {
	for c := range dag.ChainIndex(e.arena.Chains()) {
		visit(e.arena.ChainKey(c), e.graph.HeldSeq(c))
	}
}

// Totals returns what was counted since this gateway was first started.
func (e *Engine) Totals() Totals { return e.totals }

// Overview is the ledger in numbers.
type Overview struct {
	Epoch       uint64 // that the node is in
	Version     uint64 // of the protocol
	EpochEvents int    // attached in this epoch
	Oldest      uint64 // the lowest epoch of which all events are here
	Pruned      uint64 // events before this position have been deleted
	Events      int    // attached in all epochs
	Open        int    // payload events that are not final and can still be
	Waiting     int    // events that wait for missing parents
	Tips        int
	Ordered     int
	Commits     uint64
	Round       uint64 // the highest round claimed
	LastCommit  uint64 // when the newest commit was decided here, ms; 0 for never
	LedgerTime  uint64 // ms
	Slot        uint64 // of the newest commit
	LogSize     uint64
	Signed      uint64 // size of the newest checkpoint with a quorum
	SignedBy    uint64 // weight that signed it
	SignedAt    uint64 // by the latest of its signers' clocks, ms
	Outbox      int    // payloads that wait to be issued
	OpenBatch   int    // readings in the open batch
	Pending     int    // anchors that are issued and not final
	Median, P99 uint64 // ms from attaching to being final
	Measured    int    // events that these were taken over
	Peers       int
	MayIssue    bool
	WhyNot      string
	Disk        Disk // whether readings are refused for want of room
}

// Overview returns the ledger in numbers.
func (e *Engine) Overview() Overview {
	o := Overview{
		Epoch: e.network.Epoch, Version: e.network.Version, EpochEvents: e.graph.Len(), Oldest: e.oldestEpoch(), Pruned: e.pruning.first,
		Events: int(e.position()), Open: e.graph.Open(), Waiting: e.graph.Waiting(), Tips: len(e.graph.Tips()),
		Ordered: int(e.at.ordered),
		Commits: e.at.number, LastCommit: e.committedAt, LedgerTime: e.at.commit.Time, Slot: e.at.commit.Slot,
		LogSize: e.at.head.Size, Signed: e.signing.checkpoint.Size, SignedBy: e.signing.signed.Weight(), SignedAt: e.signing.signedAt(),
		Outbox: e.outbox.len(), OpenBatch: len(e.batch.leaves), Pending: len(e.pending), Peers: len(e.peers.list),
	}
	for _, m := range e.network.Committee.Members() {
		if main, _ := e.graph.Chain(m.Key); len(main) > 0 {
			o.Round = max(o.Round, e.arena.Event(main[len(main)-1]).Round())
		}
	}
	o.Median, o.P99, o.Measured = e.latency.quantiles()
	o.MayIssue, o.WhyNot = e.mayIssue()
	o.Disk = e.disk
	return o
}

// PeerInSync reports whether a connected peer has told all it holds.
func (e *Engine) PeerInSync(id string) bool {
	p := e.peers.find(id)
	return p != nil && p.todo == 0
}

// CheckpointNote returns the newest checkpoint that a quorum signed; nil if there is none.
func (e *Engine) CheckpointNote() []byte { return e.signing.note }

// Devices returns the registered devices by rising name.
func (e *Engine) Devices() []Device {
	list := make([]Device, 0, len(e.devices.byName))
	for _, d := range e.devices.byName { // sorted below, so the order does not matter
		list = append(list, *d)
	}
	slices.SortFunc(list, func(a, b Device) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Device returns a registered device by its name or key.
func (e *Engine) Device(nameOrKey string) (Device, bool) {
	d := e.devices.find(nameOrKey)
	if d == nil {
		return Device{}, false
	}
	return *d, true
}

// DeviceKey returns the key of a device that is or was registered here, by its name or the text form of its key.
func (e *Engine) DeviceKey(nameOrKey string) (dag.Key, bool) {
	if d := e.devices.find(nameOrKey); d != nil {
		return d.Key, true
	}
	key, err := dag.ParseKey(nameOrKey)
	return key, err == nil && e.devices.byKey[key] != nil
}

// Batches returns the newest closed batches, newest first.
func (e *Engine) Batches(limit int) ([]*Batch, error) {
	numbers, err := e.BatchNumbers(dag.Key{}, limit)
	if err != nil {
		return nil, err
	}
	list := make([]*Batch, len(numbers))
	for i, n := range numbers {
		if list[i], err = e.Batch(n); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// BatchDigests visits the sha2-256 digests of all encrypted batches of this node, as far as they can be read.
func (e *Engine) BatchDigests(visit func(digest [32]byte)) {
	_ = scanRecords(e.storage, []byte{prefixBatch}, func(_ []byte, b *Batch) error {
		if len(b.Blob) == len(dag.ID{}) {
			visit([32]byte(b.Blob))
		}
		return nil
	})
}

// BatchNumbers returns the numbers of the newest closed batches that hold readings of a device, newest first; those of all
// devices for the zero key.
func (e *Engine) BatchNumbers(device dag.Key, limit int) (numbers []uint64, err error) {
	if device.IsZero() {
		for n := e.batch.number - 1; n > 0 && len(numbers) < limit; n-- {
			numbers = append(numbers, n)
		}
		return numbers, nil
	}
	err = e.storage.Scan(digestKey(prefixSpan, device), nil, func(_, value []byte) bool {
		numbers = append(numbers, binary.BigEndian.Uint64(value))
		return len(numbers) < limit
	})
	return numbers, err
}

// OpenReadings returns the readings of the open batch, as they were received, and its number.
func (e *Engine) OpenReadings() (number uint64, leaves [][]byte) {
	return e.batch.number, slices.Clone(e.batch.leaves)
}

// EventState is where an event stands.
type EventState string

// The states of an event.
const (
	StateAttached EventState = "attached" // in the graph, not ordered
	StateFinal    EventState = "final"    // ordered, and it took effect or needs none
	StateNoEffect EventState = "no-effect"
	StateVoid     EventState = "void" // its epoch ended before it was ordered
)

// EventInfo is an event and what became of it.
type EventInfo struct {
	Event      *dag.Event
	State      EventState
	AttachedAt uint64 // ms
	Approvers  int
	Forked     bool // its key has forked
	Receipt    *ledger.Receipt
	Commit     uint64 // that ordered it, if it has a receipt
	Leaf       uint64 // its place in the log, if it has a receipt
	Leader     dag.ID // of that commit
	Position   uint64 // its place in the order, from 1, if it has a receipt
	LedgerTime uint64 // ms, if it has a receipt
	Why        string // what an event that is not final waits for
	Successor  dag.ID // the event under which the payload of a void event was issued again; zero if it was not, or not by this node
}

// Event returns an event of the graph.
func (e *Engine) Event(id dag.ID) (EventInfo, error) {
	i, ok := e.graph.Find(id)
	if ok && i >= dag.Roots {
		return e.eventAt(i)
	}
	event, err := e.oldEvent(id)
	if err != nil {
		return EventInfo{}, err
	}
	if event == nil {
		return EventInfo{}, fmt.Errorf("event %s: %w here", id, ErrNotFound)
	}
	return e.pastEvent(event)
}

func (e *Engine) eventAt(i dag.Index) (EventInfo, error) {
	event := e.arena.Event(i)
	info := EventInfo{
		Event: event, State: StateAttached, AttachedAt: e.graph.AttachedAt(i), Approvers: e.graph.Approvers(i),
		Forked: !e.graph.Approvable(i),
	}
	if !e.graph.Ordered(i) {
		info.Why = e.whyNotFinal(i)
		return info, nil
	}
	info.State = StateFinal
	found, err := e.addReceipt(&info)
	if found {
		info.Leader = e.arena.ID(e.order.Past(info.Commit - e.epoch.commits).Leader)
	}
	return info, err
}

// pastEvent returns an event of an earlier epoch.
func (e *Engine) pastEvent(event *dag.Event) (EventInfo, error) {
	info := EventInfo{Event: event, State: StateFinal}
	found, err := e.addReceipt(&info)
	if err != nil || found || event.IsWitness() {
		return info, err
	}
	info.State, info.Why = StateVoid, fmt.Sprintf("epoch %d ended before it had its place in the order", event.Epoch())
	next, err := e.Successor(event.ID())
	if next != event.ID() {
		info.Successor = next
	}
	return info, err
}

// addReceipt adds what became of a final event, if it has a receipt.
func (e *Engine) addReceipt(info *EventInfo) (found bool, err error) {
	event := info.Event
	r, found, err := e.receipt(event.ID())
	if err != nil || !found {
		return found, err
	}
	info.Receipt = &ledger.Receipt{Event: event.ID(), Status: r.Status, Reason: r.Reason}
	if len(r.BeatenBy) == len(dag.ID{}) {
		info.Receipt.BeatenBy = dag.ID(r.BeatenBy)
	}
	info.Commit, info.Leaf, info.Position, info.LedgerTime = r.Commit, r.Leaf, r.Position, r.Time
	if r.Status != ledger.StatusApplied {
		info.State = StateNoEffect
	}
	return true, nil
}

// EventsBefore visits attached events from the newest to the oldest that is kept, starting below position (the number of attached
// events for the newest), until visit returns false. Each comes with its position.
func (e *Engine) EventsBefore(position int, visit func(position int, info EventInfo) bool) error {
	for n := min(uint64(max(position, 0)), e.position()); n > e.pruning.first; n-- {
		info, found, err := e.eventBefore(n - 1)
		if err != nil {
			return err
		}
		if found && !visit(int(n-1), info) {
			return nil
		}
	}
	return nil
}

// eventBefore returns the event at a position of any epoch, if it is still here.
func (e *Engine) eventBefore(position uint64) (EventInfo, bool, error) {
	if position >= e.base {
		info, err := e.eventAt(e.graph.At(int(position - e.base)))
		return info, err == nil, err
	}
	event, err := e.eventOnDisk(position)
	if err != nil || event == nil {
		return EventInfo{}, false, err
	}
	info, err := e.pastEvent(event)
	return info, err == nil, err
}
