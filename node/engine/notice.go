package engine

import (
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
)

// Notice is something that happened, for logs, metrics, the API's event stream and the simulator: one of the types of this
// file. Nothing in the engine depends on whether anyone listens.
type Notice interface{ notice() }

// Attached says that an event took its place in the graph.
type Attached struct {
	Event *dag.Event
	Own   bool
}

// Refused says that an event broke a rule of the graph, or was dropped.
type Refused struct {
	Event *dag.Event
	From  string // the peer that sent it
	Err   error
}

// Forked says that a key has issued two events with one sequence number. Its events are approved no more.
type Forked struct{ Key dag.Key }

// Final says that an event has its place in the order.
type Final struct {
	Event   *dag.Event
	Receipt ledger.Receipt
	Commit  uint64
	Latency uint64 // ms since it was attached here
}

// Committed says that a leader's cone was ordered.
type Committed struct {
	Number  uint64
	Epoch   uint64
	Slot    uint64
	Leader  dag.ID
	Time    uint64 // ledger time, ms
	Events  int
	Payload int // of these, events with a payload
}

// ReadingStored says that a reading was accepted.
type ReadingStored struct {
	Device dag.Key
	Name   string
	Seq    uint64
	Missed uint64 // sequence numbers skipped since the device's last reading
}

// ReadingRefused says that a reading was not accepted.
type ReadingRefused struct {
	Device  dag.Key
	Name    string // empty if the device is unknown
	Seq     uint64
	Refusal *Refusal
}

// BatchClosed says that a batch was encrypted and put away.
type BatchClosed struct {
	Batch, Count uint64
	Digest       [32]byte // sha2-256 of the ciphertext
	Size         int      // of that, in bytes
}

// BatchAnchored says that the anchor of a batch was issued.
type BatchAnchored struct {
	Batch uint64
	Count uint64
	Event dag.ID
}

// BatchFinal says that the anchor of a batch is final.
type BatchFinal struct {
	Batch   uint64
	Event   dag.ID
	Receipt ledger.Receipt
	Devices []DeviceRange
}

// DeviceRange is what one device has in a batch.
type DeviceRange struct {
	Device dag.Key
	Name   string
	First  uint64 // lowest sequence number
	Last   uint64 // highest
	Count  uint64
}

// Throttled says that a peer asks for more than this node answers it; see askRate. It is told at most once a minute for a peer.
type Throttled struct{ Peer string }

// Checkpoint says that a quorum signed the log at a size.
type Checkpoint struct {
	Size   uint64
	Weight uint64
	Total  uint64
}

// Conflicting says that a committee member signed two different logs of one size: it took part in two histories.
type Conflicting struct {
	Member int // index in the committee
	Epoch  uint64
	Size   uint64
}

// Split says that this node's log differs from the one that a quorum signed: it has another order.
type Split struct {
	Size        uint64
	Own, Signed proof.Hash // roots at that size
}

// Skipped says that a part of a step was left out because it cannot be done. What could be checked was checked before, so it
// tells of a fault of this program.
type Skipped struct{ Err error }

// SyncChanged says that the node came into or fell out of sync, and why.
type SyncChanged struct {
	InSync bool
	Why    string
	Hint   string // what to do about it; empty in sync
}

func (Attached) notice()       {}
func (Refused) notice()        {}
func (Forked) notice()         {}
func (Final) notice()          {}
func (Committed) notice()      {}
func (ReadingStored) notice()  {}
func (ReadingRefused) notice() {}
func (BatchClosed) notice()    {}
func (BatchAnchored) notice()  {}
func (BatchFinal) notice()     {}
func (Throttled) notice()      {}
func (Checkpoint) notice()     {}
func (Conflicting) notice()    {}
func (Split) notice()          {}
func (Skipped) notice()        {}
func (SyncChanged) notice()    {}
