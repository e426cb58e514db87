// Package attack is the library of adversaries: nodes that hold valid keys and do not follow the protocol. Each is a value
// machine like the engine it stands beside, so the same adversary runs in a simulation and against a live test network.
package attack

import (
	"math/rand/v2"

	"github.com/ledgerofthings/lot/node/engine"
)

// Victim is what an adversary is made from: the node that it took over.
type Victim struct {
	Network *engine.Network
	Self    engine.Self
	// Engine is the node's honest engine. The adversary steps it as far as it likes and reads its graph.
	Engine *engine.Engine
	// Random is the adversary's own randomness.
	Random *rand.Rand
	// Params are what the scenario says of the attack; see Kind.Params for their names and defaults.
	Params map[string]float64
	// Others are the accomplices: nodes of the same attack, this one among them, in the same order for all.
	Others []engine.Self
	// Until is when the attack ends, in ms by the clock that Step is given; from then on the node behaves.
	Until uint64
}

// Adversary takes the place of an engine in its node.
type Adversary interface {
	// Step takes one input like engine.Engine.Step and appends what is to be done to out. An error means that the node stops.
	Step(now uint64, in engine.Input, out *Effects) error
}

// Effects is what an adversary wants done: all that an engine may want, and gossip to chosen peers.
type Effects struct {
	engine.Effects
	Whispers []Whisper
}

// Reset empties the buffer and keeps its memory.
func (e *Effects) Reset() {
	e.Effects.Reset()
	clear(e.Whispers)
	e.Whispers = e.Whispers[:0]
}

// Whisper is a gossip message that goes to some peers only. They forward it like any other.
type Whisper struct {
	Topic engine.Topic
	Data  []byte
	Peers []string
}
