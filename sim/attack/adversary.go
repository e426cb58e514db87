// Package attack is the library of adversaries: nodes that hold valid keys and do not follow the protocol. Each is a value
// machine like the engine it stands beside, so the same adversary runs in a simulation and against a live test network.
//
// An adversary is made by Kind.Make from the node that it takes over. It gets the node's inputs, lets the node's own honest engine
// have them as far as it likes, and does with what the engine wants done as it pleases. When its time is over the node
// behaves again, as far as what it did lets it. There is one adversary a file; each says what it does, what it hopes for, what
// Lot does against it, and what a report shows of it.
//
// Like the engine, an adversary reads no clock and draws no global randomness: the same inputs give the same effects.
package attack

import (
	"math/rand/v2"

	"github.com/ledgerofthings/lot/node/engine"
)

// Victim is what an adversary is made from: the node that it took over.
type Victim struct {
	Network *engine.Network
	// Self is what Engine was made with. Its Signer is a *Gate, one for each engine, for the kinds of attack that keep the engine
	// from issuing.
	Self engine.Self
	// Engine is the node's honest engine. The adversary steps it as far as it likes and reads its graph.
	Engine *engine.Engine
	// Random is the adversary's own randomness.
	Random *rand.Rand
	// Params are what the scenario says of the attack; see Kind.Params for their names and defaults.
	Params map[string]float64
	// Others are the accomplices: nodes of the same attack, this one among them, in the same order for all.
	Others []engine.Self
	// Peers are those that are connected when the adversary takes over; later ones it learns of by its inputs.
	Peers []engine.PeerUp
	// Twin returns a second engine with the same Self on a copy of the node's storage, for the attack of that name. What
	// it writes is to be thrown away. The other kinds do without it.
	Twin func() (*engine.Engine, error)
	// Until is when the attack ends, in ms by the clock that Step is given; from then on the node behaves. 0 and the
	// largest number are never.
	Until uint64
}

// Adversary takes the place of an engine in its node.
type Adversary interface {
	// Step takes one input like engine.Engine.Step and appends what is to be done to out. An error means that the node stops.
	// It wraps engine.ErrStorage. The adversary keeps nothing of the input.
	Step(now uint64, in engine.Input, out *Effects) error
}

// Forwarder is an Adversary that does not always pass on what its node gets by gossip. All others do, as every node does.
type Forwarder interface {
	Adversary
	// Forwards reports whether it does at present.
	Forwards() bool
}

// Effects is what an adversary wants done: all that an engine may want, gossip to chosen peers, and readings that it pretends
// to be a device with.
type Effects struct {
	engine.Effects
	Whispers    []Whisper
	Submissions []Submission
}

// Reset empties the buffer and keeps its memory.
func (e *Effects) Reset() {
	e.Effects.Reset()
	clear(e.Whispers)
	e.Whispers = e.Whispers[:0]
	clear(e.Submissions)
	e.Submissions = e.Submissions[:0]
}

// Whisper is a gossip message that goes to some peers only. They forward it like any other, if it passes their checks: the
// bytes may be anything.
type Whisper struct {
	Topic engine.Topic
	Data  []byte
	Peers []string
}

// Submission is a reading as a device would hand it to a gateway. The gateway's ingest parses it and verifies its signature
// (package reading), and gives its engine what passes; the bytes may be anything.
type Submission struct {
	Peer string // the gateway; empty for the adversary's own
	Raw  []byte
}
