package governance

import (
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

const (
	// MaxSeats is the largest committee.
	MaxSeats = 100
	// MaxWeight is the largest weight of one seat.
	MaxWeight = 1_000_000
)

// seat is the place of a member in the committee.
type seat struct {
	event  dag.Key
	weight uint64 // from 1
}

// committee is the list of seats in rising order of the event keys. It changes at seals only.
type committee []seat

const seatSize = len(dag.Key{}) + 8

func readSeats(v ledger.View) committee {
	b, _ := get(v, []byte(seatsKey), -1)
	var out committee
	for chunk := range slices.Chunk(b, seatSize) {
		if len(chunk) == seatSize {
			out = append(out, seat{dag.Key(chunk), integer(chunk[len(dag.Key{}):], 0)})
		}
	}
	return out
}

func (b *books) putSeats(c committee) {
	var out []byte
	for _, s := range c {
		out = append(append(out, s.event[:]...), record(s.weight)...)
	}
	b.put([]byte(seatsKey), out)
}

func (c committee) find(event dag.Key) (int, bool) {
	return slices.BinarySearchFunc(c, event, func(s seat, key dag.Key) int { return s.event.Compare(key) })
}

// weight returns the weight of a member's seat; 0 if it has none.
func (c committee) weight(event dag.Key) uint64 {
	at, ok := c.find(event)
	if !ok {
		return 0
	}
	return c[at].weight
}

// total returns the weight of all seats.
func (c committee) total() (sum uint64) {
	for _, s := range c {
		sum += s.weight
	}
	return sum
}

// needed returns the least weight that is more than two thirds of all.
func (c committee) needed() uint64 { return c.total()*2/3 + 1 }

// with returns the committee with a member's seat set to a weight, 0 for none; the one given stays as it is.
func (c committee) with(event dag.Key, weight uint64) committee {
	at, ok := c.find(event)
	out := slices.Clone(c)
	switch {
	case ok && weight == 0:
		return slices.Delete(out, at, at+1)
	case ok:
		out[at].weight = weight
		return out
	case weight == 0:
		return out
	default:
		return slices.Insert(out, at, seat{event, weight})
	}
}

// freezer knows which keys are frozen: a ledger.State or a ledger.Tx.
type freezer interface {
	Frozen(key dag.Key) (evidence dag.ID, ok bool)
}

// sound returns the seats whose keys are not frozen. What is left of a committee without any can order, but nobody in it
// can act on the ledger any more.
func (c committee) sound(f freezer) committee {
	return slices.DeleteFunc(slices.Clone(c), func(s seat) bool {
		_, frozen := f.Frozen(s.event)
		return frozen
	})
}

// works refuses a committee that the network could not go on with.
func (c committee) works(f freezer) *ledger.Refusal {
	switch {
	case len(c) > MaxSeats:
		return ledger.Refuse(ledger.StatusLimitReached, "the committee would have %d seats, at most %d are allowed", len(c), MaxSeats)
	case len(c.sound(f)) == 0:
		return ledger.Refuse(ledger.StatusLimitReached, "nobody with a seat would be left: give another member a seat first")
	}
	return nil
}
