package api

import (
	"context"
	"io"

	"github.com/ledgerofthings/lot/dag"
)

// Backend is what the API needs of a node. Every method may be called from many goroutines at once and returns what it
// was able to find out before ctx ended. An error that a caller can act upon is a [*Fault]; any other is answered with
// status 500 and logged.
type Backend interface {
	Node
	Graph
	Devices
	Ledger
	Prover
}

// Node tells how the gateway itself is doing.
type Node interface {
	// Status returns the state of the whole node. It is asked at every scrape of the metrics, so it should be cheap.
	Status(ctx context.Context) (Status, error)
	// Peers returns the connected peers, sorted by name and id.
	Peers(ctx context.Context) ([]Peer, error)
	// Config returns the configuration in effect. Secrets are already replaced.
	Config(ctx context.Context) (map[string]any, error)
	// Version says which program is running.
	Version() Version
}

// Graph reads events.
type Graph interface {
	// Events returns one page of events, the newest first.
	Events(ctx context.Context, query EventQuery) (EventPage, error)
	// Event returns one event with its explanation and its block. Fault: NotFound.
	Event(ctx context.Context, id dag.ID) (EventDetail, error)
	// WriteGraph writes the graph and the resulting order as JSON lines, enough to compute the order anew. An error
	// after the first byte breaks the connection, so that nobody takes a part for the whole.
	WriteGraph(ctx context.Context, w io.Writer) error
}

// Devices keeps the devices bound to this gateway, their readings and the anchors of these.
type Devices interface {
	// Devices returns the registered devices, sorted by name.
	Devices(ctx context.Context) ([]Device, error)
	// AddDevice registers a device. Fault: Conflict if the name or the key is taken.
	AddDevice(ctx context.Context, device NewDevice) (Device, error)
	// RemoveDevice forgets a device by its name or did:key; its readings stay. Fault: NotFound.
	RemoveDevice(ctx context.Context, device string) error
	// Readings returns the newest stored readings, the newest first. An empty device means all. Fault: NotFound.
	Readings(ctx context.Context, device string, limit int) ([]Reading, error)
	// AnchorNow closes the open batches and issues their anchors. It returns none if no reading was waiting.
	AnchorNow(ctx context.Context) ([]Anchor, error)
	// Anchors returns the newest anchors of this gateway, the newest first.
	Anchors(ctx context.Context, limit int) ([]Anchor, error)
}

// Ledger moves and reads balances.
type Ledger interface {
	// Transfer issues a transfer from the gateway's own account and returns its event. The same idempotency key with the
	// same content returns the same event, for as long as the node keeps keys; with other content it is a Conflict.
	Transfer(ctx context.Context, transfer TransferRequest) (dag.ID, error)
	// AwaitReceipt waits until the event is ordered or void and returns what came of it. When ctx ends first the error
	// wraps ctx.Err().
	AwaitReceipt(ctx context.Context, id dag.ID) (Receipt, error)
	// Account returns an account by its id; an account that nobody used yet is empty, not missing.
	Account(ctx context.Context, account dag.Account) (Account, error)
	// Balance returns the gateway's own account.
	Balance(ctx context.Context) (Account, error)
}

// Prover hands out what convinces others. Its files are served exactly as built.
type Prover interface {
	// ReadingProof returns the proof file of a device's reading. Faults: NotFound, NotYet.
	ReadingProof(ctx context.Context, device dag.Key, seq uint64) ([]byte, error)
	// EventProof returns the proof file of an event. Faults: NotFound, NotYet.
	EventProof(ctx context.Context, id dag.ID) ([]byte, error)
	// Checkpoint returns the newest checkpoint with its signatures, a C2SP signed note. Fault: NotYet.
	Checkpoint(ctx context.Context) ([]byte, error)
}
