package light

import (
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
)

// Notice is something that happened, for logs, metrics and people: one of the types of this file, or engine.ReadingStored,
// ReadingRefused, BatchAnchored or BatchFinal.
type Notice any

// Advanced says that there is a newer checkpoint.
type Advanced struct{ Head Head }

// Entered says that the network is in a later epoch, as its certificates prove.
type Entered struct{ Epoch uint64 }

// Unlinked says that the log of a later epoch was taken on the word of the committees alone: no peer has what it takes to show that
// it begins with the log of this gateway's checkpoint.
type Unlinked struct{ From, To proof.TreeHead }

// Liar says that a peer showed what does not hold. It is asked no more.
type Liar struct{ Evidence Evidence }

// Split says that two checkpoints of one size have a quorum each. This gateway issues nothing more.
type Split struct{ Evidence Evidence }

// Issued says that an own event is on disk and on its way.
type Issued struct {
	Event dag.ID
	Kind  string
}

// Final says that an own event has its proven place in the order.
type Final struct {
	Event  dag.ID
	Kind   string
	Status ledger.Status
	Index  uint64 // of its leaf in the log; 0 if a transfer is known by its effect alone, as no peer has the event any more
}

// Reissue says that an own event was not ordered in its epoch, and that its payload is issued again.
type Reissue struct{ Old dag.ID }

// Delivered says that a peer has taken an own event, as it says itself.
type Delivered struct {
	Event dag.ID
	Peer  string
}

// Undelivered says that a peer has not taken an own event.
type Undelivered struct {
	Event dag.ID
	Peer  string
	Why   string
}
