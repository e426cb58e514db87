package latency

import (
	"fmt"
	"math/bits"
)

// constant is the same delay for all.
type constant uint64

// Constant returns the model of one delay, in µs, at least 1.
func Constant(delay uint64) Model { return constant(clamp(float64(delay), 0)) }

// Delay implements Model.
func (c constant) Delay(_, _ uint32, _ uint64) uint64 { return uint64(c) }

// Min implements Model.
func (c constant) Min() uint64 { return uint64(c) }

// uniform is a delay drawn from low to low+span-1.
type uniform struct{ low, span uint64 }

// Uniform returns the model of delays drawn evenly from low to high, in µs.
func Uniform(low, high uint64) (Model, error) {
	low = max(low, 1)
	if low > high || high > Longest {
		return nil, fmt.Errorf("%w: from %d to %d µs: the first has to be the lower, and an hour is the most", ErrModel, low, high)
	}
	return uniform{low: low, span: high - low + 1}, nil
}

// Delay implements Model.
func (u uniform) Delay(_, _ uint32, draw uint64) uint64 {
	above, _ := bits.Mul64(draw, u.span)
	return u.low + above
}

// Min implements Model.
func (u uniform) Min() uint64 { return u.low }

// perLink draws once for each link.
type perLink struct {
	model Model
	seed  uint64
}

// PerLink returns a model in which every link has a delay of its own that all its messages take both ways, drawn as another
// model does it for messages.
func PerLink(model Model, seed uint64) Model { return perLink{model, seed} }

// Delay implements Model.
func (p perLink) Delay(a, b uint32, _ uint64) uint64 {
	return p.model.Delay(a, b, hashPair(p.seed, a, b))
}

// Min implements Model.
func (p perLink) Min() uint64 { return p.model.Min() }
