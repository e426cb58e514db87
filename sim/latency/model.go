// Package latency is how long messages take from node to node: constant, drawn from a distribution for each message or each
// link, by the great circle between cities, or as somebody measured it (King, Meridian, WonderProxy).
//
// Everything that takes logarithms or sines is computed beforehand, so that a delay costs some nanoseconds and is a matter of
// integers.
package latency

import (
	"errors"
	"fmt"
)

// Model says how long a message takes one way, in µs. The delay from b to a is that from a to b for the same draw.
type Model interface {
	// Delay returns the time from node a to node b; draw is 64 random bits that belong to the message.
	Delay(a, b uint32, draw uint64) uint64

	// Min returns a time below which no delay is, at least 1.
	Min() uint64
}

// Places is a Model whose nodes stand somewhere.
type Places interface {
	Model

	// Place returns the name of the place where a node is.
	Place(node uint32) string
}

// Longest is the longest delay in µs, an hour; models cut what is longer.
const Longest = 3_600_000_000

// ErrModel says that numbers make no model.
var ErrModel = errors.New("link delays")

// clamp brings a delay between a floor, or 1 µs if the floor is 0, and Longest. What is no number becomes the floor.
func clamp(delay float64, floor uint64) uint32 {
	floor = min(max(floor, 1), Longest)
	switch {
	case delay >= Longest:
		return Longest
	case delay > float64(floor):
		return uint32(delay + 0.5)
	}
	return uint32(floor)
}

// checkRange refuses a number that is not from low to high, or none.
func checkRange(name string, value, low, high float64) error {
	if !(value >= low && value <= high) {
		return fmt.Errorf("%w: %s is %v: it has to be %v to %v", ErrModel, name, value, low, high)
	}
	return nil
}
