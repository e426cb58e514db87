package swarm

import (
	"math"
	"math/rand/v2"

	"github.com/ledgerofthings/lot/sim/scenario"
)

// Each part of a scenario draws from a stream of its own, so that a new draw in one does not change all others of a seed.
const (
	streamNetwork = iota + 1
	streamTopology
	streamMachines
	streamLinks
	streamLoad
	streamFaulty
	streamAttacks
	streamDamage
	streamFaults
	streamExtremes
	streamChurn
	streamTimes
	streamEpochs
	streamMembers
)

// dice is a stream of draws.
type dice struct{ *rand.Rand }

func newDice(seed, stream uint64) dice { return dice{rand.New(rand.NewPCG(seed, stream))} }

// chance reports whether something of a probability happens.
func (d dice) chance(p float64) bool { return d.Float64() < p }

// between returns a whole number from low to high, both included.
func (d dice) between(low, high int) int { return low + d.IntN(high-low+1) }

// span returns a duration from low to high in whole milliseconds.
func (d dice) span(low, high scenario.Duration) scenario.Duration {
	if high <= low {
		return low
	}
	return low + scenario.Duration(d.Uint64N(uint64((high-low)/scenario.Millisecond)+1))*scenario.Millisecond
}

// scale returns a number from low to high whose logarithm is uniform: small ones are as likely as large ones. It has three
// digits, so that it reads well in a file.
func (d dice) scale(low, high float64) float64 {
	x := low * math.Pow(high/low, d.Float64())
	unit := math.Pow(10, math.Floor(math.Log10(x))-2)
	return min(max(math.Round(x/unit)*unit, low), high)
}

// share returns a share of at most high, with three digits; in half of all cases none.
func (d dice) share(high float64) float64 {
	if d.chance(0.5) {
		return 0
	}
	return math.Ceil(d.Float64()*high*1000) / 1000
}

// some returns count of the numbers in rising order.
func (d dice) some(numbers []int, count int) []int {
	chosen := make([]int, 0, count)
	for n, number := range numbers {
		if d.IntN(len(numbers)-n) < count-len(chosen) {
			chosen = append(chosen, number)
		}
	}
	return chosen
}

// one returns one of the choices.
func one[T any](d dice, choices ...T) T { return choices[d.IntN(len(choices))] }
