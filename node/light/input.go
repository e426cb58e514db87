package light

import (
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/query"
)

// Input is what a step reacts to: one of the types of this file, or of those that package engine has for what a gateway is asked by its
// own devices and people: engine.Reading, AddDevice, RemoveDevice, Flush, Disk, Transfer, Govern and Override. The reply to a
// Transfer or Govern comes when its event is issued.
type Input any

// PeerUp says that a member of the network is connected that answers queries.
type PeerUp struct {
	Peer   string
	Member dag.Key // its event key
	Weight uint64  // of its seat in the committee; 0 for none or if that is not known
}

// PeerDown says that a peer is gone.
type PeerDown struct{ Peer string }

// Answered is what became of an Ask. The driver gives one for every Ask, in bounded time.
type Answered struct {
	Ask    uint64
	Answer query.Answer
	Failed string // why there is no answer; empty if there is one
}

// Wake says that the time asked for by Effects.WakeAt has come. An early or late one does no harm.
type Wake struct{}

// Issue puts a payload of another kind on its way. Its reply comes when it is on disk.
type Issue struct {
	Ticket engine.Ticket
	Kind   string
	Body   []byte
}

// Read reads proven entries of the state. F is called one or several times, in steps; it must depend on nothing but the view, and do
// nothing but note what it finds. What it found in the last call holds.
type Read struct {
	Ticket engine.Ticket
	F      func(ledger.View)
}

// Find asks for an event, of whomever, and where it stands.
type Find struct {
	Ticket engine.Ticket
	ID     dag.ID
}
