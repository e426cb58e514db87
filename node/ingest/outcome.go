package ingest

import (
	"net/http"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/firmware/reading"
)

// Code says in one word what became of a reading.
type Code string

// The outcomes of a reading. A sequence number is taken once, so a reading that is sent again is Replayed like any other that
// comes with a used number. To a device that repeats what was not acknowledged, Replayed says that the number is on disk
// already, by that reading or by another that took it; either way it goes on with a higher one.
const (
	Stored Code = "stored" // it is on disk

	Malformed     Code = "malformed"       // it is not a reading
	Oversize      Code = "oversize"        // it has more than reading.MaxSize bytes
	Signature     Code = "signature"       // the device's key did not sign it
	WrongDevice   Code = "wrong-device"    // the topic names another device than the reading
	UnknownDevice Code = "unknown-device"  // the device is not registered here
	Replayed      Code = "replayed"        // its sequence number was used; see above
	Drift         Code = "drift"           // its time is too far from the gateway's
	BoundAway     Code = "bound-elsewhere" // the ledger binds the device to another gateway

	Busy     Code = "busy"      // the gateway did not get to it in time
	DiskFull Code = "disk-full" // the gateway takes no readings until there is room
	Stopping Code = "stopping"  // the gateway is shutting down
)

// Temporary reports whether the same reading may be taken when it is sent again later.
func (c Code) Temporary() bool { return c == Busy || c == DiskFull || c == Stopping }

// status returns the HTTP status that says the same.
func (c Code) status() int {
	switch c {
	case Stored:
		return http.StatusOK
	case Oversize:
		return http.StatusRequestEntityTooLarge
	case UnknownDevice, BoundAway:
		return http.StatusForbidden
	case Replayed:
		return http.StatusConflict
	case Signature, WrongDevice, Drift:
		return http.StatusUnprocessableEntity
	case Busy, Stopping:
		return http.StatusServiceUnavailable
	case DiskFull:
		return http.StatusInsufficientStorage
	}
	return http.StatusBadRequest
}

// Outcome is what became of a reading.
type Outcome struct {
	Accepted bool // it is on disk: Stored
	Code     Code
	Detail   string // in words, what is wrong and what to do; may be empty if accepted
}

// refused returns the outcome of a reading that was not taken.
func refused(code Code, detail string) Outcome { return Outcome{Code: code, Detail: detail} }

// Sink takes verified readings. The node is one.
type Sink interface {
	// Submit takes a reading and calls done exactly once, on any goroutine, when it is durable or refused. It may block
	// while there is no room for more, and is called by several goroutines, but for one device only by one.
	// What done does is quick and does not block.
	Submit(r reading.Verified, done func(Outcome))
}

// Directory knows the devices' names. Its methods are called by many goroutines.
type Directory interface {
	// Key returns the key of the device that is registered by that name.
	Key(name string) (dag.Key, bool)
	// Name returns the name by which a key is registered; empty if it is not.
	Name(key dag.Key) string
}

// Notice is the message on lot/<device>/ack.
type Notice struct {
	Seq    uint64 `json:"seq,omitempty"`    // of the reading; absent if it could not be read
	From   uint64 `json:"from,omitempty"`   // if Status is StatusFinal: all of the device's readings from this number to Seq
	Status string `json:"status"`           // one of the Status constants
	Code   Code   `json:"code,omitempty"`   // of the outcome
	Reason string `json:"reason,omitempty"` // the outcome's detail
	Anchor string `json:"anchor,omitempty"` // id of the anchor event, if Status is StatusFinal
}

// What a Notice may state.
const (
	StatusStored  = "stored"
	StatusRefused = "refused"
	StatusFinal   = "final"
)

// notice states an outcome.
func (o Outcome) notice(seq uint64) Notice {
	status := StatusRefused
	if o.Accepted {
		status = StatusStored
	}
	return Notice{Seq: seq, Status: status, Code: o.Code, Reason: o.Detail}
}
