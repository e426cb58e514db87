package query

import (
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// Protocol is the name of the protocol in the mesh.
const Protocol = "query"

// Bounds of a request.
const (
	// MaxRequest bounds a request, in bytes: events and what is around them.
	MaxRequest = MaxSubmitted + 1<<10
	// MaxSubmitted bounds the events of one request together, in bytes: at least one of any size fits.
	MaxSubmitted = dag.MaxEventSize
	// MaxItems is how many entries or events a request asks for at most.
	MaxItems = 16
	// MaxEntryKey bounds the full key of an entry of the state, in bytes.
	MaxEntryKey = 256
)

// Request is what a light gateway asks: exactly one of the fields is set.
type Request struct {
	Head        *HeadRequest        `cbor:"head,omitempty"`
	State       *StateRequest       `cbor:"state,omitempty"`
	Events      *EventsRequest      `cbor:"events,omitempty"`
	Standing    *StandingRequest    `cbor:"standing,omitempty"`
	Submit      *SubmitRequest      `cbor:"submit,omitempty"`
	Consistency *ConsistencyRequest `cbor:"consistency,omitempty"`
}

// HeadRequest asks for what comes after a checkpoint.
type HeadRequest struct {
	Size  uint64 `cbor:"size"`  // of the log in the asker's newest checkpoint; 0 for none
	Epoch uint64 `cbor:"epoch"` // the newest epoch whose committee the asker knows, from dag.FirstEpoch
	// Pinned says that the asker knows no committee yet, only the id of the seal that opened Epoch: the answer is to begin with the
	// certificate of that seal.
	Pinned bool `cbor:"pinned,omitempty"`
}

// StateRequest asks for entries of the state that the last leaf of a checkpoint names.
type StateRequest struct {
	Size uint64   `cbor:"size"` // of the log in that checkpoint
	Keys [][]byte `cbor:"keys"` // full keys, 1 to MaxItems; see ledger.EntryKey
}

// EventsRequest asks where events stand.
type EventsRequest struct {
	Size   uint64   `cbor:"size"` // of the log against which their order is to be proven
	IDs    []dag.ID `cbor:"ids"`  // 1 to MaxItems
	Blocks bool     `cbor:"blocks,omitempty"`
}

// StandingRequest asks how far the chain of a key goes.
type StandingRequest struct {
	Key dag.Key `cbor:"key"`
}

// SubmitRequest hands events in. They are taken in that order, so each may rest on those before it.
type SubmitRequest struct {
	Blocks [][]byte `cbor:"blocks"` // 1 to MaxItems, together at most MaxSubmitted bytes
}

// ConsistencyRequest asks for the proof that one log begins with another.
type ConsistencyRequest struct {
	From uint64 `cbor:"from"` // size of the smaller one, at least 1
	To   uint64 `cbor:"to"`   // size of the larger one
}

// errOne says that a message is about nothing, or about several things.
var errOne = errors.New("it has to be about exactly one thing")

func (r Request) check() error {
	parts := 0
	var err error
	for _, p := range []interface {
		present() bool
		check() error
	}{r.Head, r.State, r.Events, r.Standing, r.Submit, r.Consistency} {
		if p.present() {
			parts++
			err = errors.Join(err, p.check())
		}
	}
	if parts != 1 {
		return errOne
	}
	return err
}

func (r *HeadRequest) present() bool        { return r != nil }
func (r *StateRequest) present() bool       { return r != nil }
func (r *EventsRequest) present() bool      { return r != nil }
func (r *StandingRequest) present() bool    { return r != nil }
func (r *SubmitRequest) present() bool      { return r != nil }
func (r *ConsistencyRequest) present() bool { return r != nil }

func (r *HeadRequest) check() error {
	switch {
	case r.Size > dag.MaxInteger || r.Epoch < dag.FirstEpoch || r.Epoch > dag.MaxInteger:
		return fmt.Errorf("size %d or epoch %d out of range", r.Size, r.Epoch)
	case r.Pinned && (r.Size != 0 || r.Epoch == dag.FirstEpoch):
		return errors.New("a pinned seal opens a later epoch than the first, and goes without a checkpoint")
	}
	return nil
}

func (r *StateRequest) check() error {
	if r.Size == 0 || r.Size > dag.MaxInteger || len(r.Keys) == 0 || len(r.Keys) > MaxItems {
		return fmt.Errorf("%d keys at log size %d", len(r.Keys), r.Size)
	}
	for _, key := range r.Keys {
		if len(key) == 0 || len(key) > MaxEntryKey {
			return fmt.Errorf("a key of %d bytes, want 1 to %d", len(key), MaxEntryKey)
		}
	}
	return nil
}

func (r *EventsRequest) check() error {
	if r.Size == 0 || r.Size > dag.MaxInteger || len(r.IDs) == 0 || len(r.IDs) > MaxItems {
		return fmt.Errorf("%d events at log size %d", len(r.IDs), r.Size)
	}
	return nil
}

func (r *StandingRequest) check() error {
	if r.Key.IsZero() {
		return errors.New("no key")
	}
	return nil
}

func (r *SubmitRequest) check() error {
	sum := 0
	for _, block := range r.Blocks {
		if len(block) == 0 {
			return errors.New("an event without bytes")
		}
		sum += len(block)
	}
	if len(r.Blocks) == 0 || len(r.Blocks) > MaxItems || sum > MaxSubmitted {
		return fmt.Errorf("%d events of %d bytes, want 1 to %d of at most %d", len(r.Blocks), sum, MaxItems, MaxSubmitted)
	}
	return nil
}

func (r *ConsistencyRequest) check() error {
	if r.From == 0 || r.From > r.To || r.To > dag.MaxInteger {
		return fmt.Errorf("sizes %d and %d, want 1 <= from <= to", r.From, r.To)
	}
	return nil
}

var requestCodec = ledger.PayloadCodec[Request]{Kind: "query", MaxSize: MaxRequest, Check: Request.check}

// Encode returns the message. The error says what is not allowed about it.
func (r Request) Encode() ([]byte, error) { return requestCodec.Encode(r) }

// DecodeRequest reads a message strictly: what it accepts is what Encode writes.
func DecodeRequest(b []byte) (Request, error) { return requestCodec.Decode(b) }
