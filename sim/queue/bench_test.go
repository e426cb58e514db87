package queue

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// BenchmarkQueue is one Pop and one Push with so many items pending and delays like links' (1 µs to 150 ms), or with a share
// of a third in steps of some microseconds, as a processor's work has. Random writes to so much memory are the limit:
// "ns/store" is one of these in the same run.
func BenchmarkQueue(b *testing.B) {
	for _, pending := range []int{300, 10_000, 100_000, 500_000, 2_000_000} {
		b.Run(fmt.Sprintf("links/%d", pending), func(b *testing.B) { benchmarkHold(b, pending, 150_000, 0) })
		b.Run(fmt.Sprintf("processors/%d", pending), func(b *testing.B) { benchmarkHold(b, pending, 150_000, 3) })
	}
	b.Run("timers/100000", func(b *testing.B) { benchmarkHold(b, 100_000, 10_000_000, 0) })
}

// benchmarkHold draws the delays beforehand; every nearby-th is at most 30 µs, if it is not 0.
func benchmarkHold(b *testing.B, pending int, longest uint64, nearby int) {
	random := rand.New(rand.NewPCG(7, 8))
	delays := make([]uint64, 1<<16)
	for i := range delays {
		delays[i] = 1 + random.Uint64N(longest)
		if nearby > 0 && i%nearby != 0 {
			delays[i] = 1 + random.Uint64N(30)
		}
	}
	q := New()
	for source := range pending {
		q.Push(Item{At: random.Uint64N(longest), Source: uint32(source)})
	}
	step := func(i int) {
		item, _ := q.Pop(math.MaxUint64)
		item.At += delays[i%len(delays)]
		item.Seq++
		q.Push(item)
	}
	for i := range 2 * pending {
		step(i)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		step(i)
	}
	b.StopTimer()
	b.ReportMetric(storeTime(pending, random), "ns/store")
}

// storeTime returns the nanoseconds of writing one item to a random place among so many.
func storeTime(pending int, random *rand.Rand) float64 {
	places := make([]uint32, 1<<16)
	for i := range places {
		places[i] = random.Uint32N(uint32(pending))
	}
	items := make([]Item, pending)
	const stores = 1 << 20
	start := time.Now()
	for i := range stores {
		items[places[i%len(places)]] = Item{At: uint64(i), Source: uint32(i)}
	}
	return float64(time.Since(start).Nanoseconds()) / stores
}
