package queue

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

// sorted is the slow twin of a queue: a slice that is kept in order.
type sorted []Item

func (s *sorted) push(item Item) {
	at, _ := slices.BinarySearchFunc(*s, item, func(a, b Item) int {
		if a.Before(&b) {
			return -1
		}
		return 1
	})
	*s = slices.Insert(*s, at, item)
}

func (s *sorted) pop(before uint64) (Item, bool) {
	if len(*s) == 0 || (*s)[0].At >= before {
		return Item{}, false
	}
	item := (*s)[0]
	*s = (*s)[1:]
	return item, true
}

// delays draws how far ahead items are pushed, by patterns that hurt one part of the queue each.
func delays(t *rapid.T) *rapid.Generator[uint64] {
	return rapid.SampledFrom([]*rapid.Generator[uint64]{
		rapid.Just(uint64(0)),                               // into the open bucket, at the current time
		rapid.Uint64Range(0, 3),                             // many at one time
		rapid.Uint64Range(0, width),                         // this bucket and the next
		rapid.Uint64Range(1, 150_000),                       // links
		rapid.Uint64Range((slots-2)*width, (slots+2)*width), // the wheel's end
		rapid.Uint64Range(0, 20*slots*width),                // wheel and heap
		rapid.Map(rapid.Uint64Range(0, 50), func(n uint64) uint64 { return n * slots * width }), // one slot, many turns
		rapid.Uint64Range(1<<40, 1<<41),
	}).Draw(t, "pattern")
}

func TestQueueIsASortedSlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, twin := New(), sorted{}
		now, pushed := uint64(0), uint32(0)
		t.Repeat(map[string]func(*rapid.T){
			"push": func(t *rapid.T) {
				ahead := delays(t)
				for range rapid.IntRange(1, 60).Draw(t, "count") {
					pushed++
					item := Item{At: now + ahead.Draw(t, "ahead"), Source: rapid.Uint32Range(0, 3).Draw(t, "source"), Seq: pushed, Ref: ^pushed}
					if rapid.Bool().Draw(t, "descending") {
						item.Seq = -pushed
					}
					q.Push(item)
					twin.push(item)
				}
			},
			"pop": func(t *rapid.T) {
				before := now + delays(t).Draw(t, "window")
				for range rapid.IntRange(1, 100).Draw(t, "count") {
					got, ok := q.Pop(before)
					want, wantOK := twin.pop(before)
					if got != want || ok != wantOK {
						t.Fatalf("popped %+v %t before %d, want %+v %t", got, ok, before, want, wantOK)
					}
					if !ok {
						now = before // as a shard does at the end of its window
						break
					}
					now = got.At
				}
			},
			"": func(t *rapid.T) {
				at, ok := q.Next()
				if q.Len() != len(twin) || ok != (len(twin) > 0) || ok && at != twin[0].At {
					t.Fatalf("next at %d %t of %d, the twin has %v", at, ok, q.Len(), twin[:min(1, len(twin))])
				}
			},
		})
	})
}

// TestCrowdedTimes sorts buckets too large for what rapid draws.
func TestCrowdedTimes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for name, spread := range map[string]uint64{"one time": 1, "one bucket": width, "two": 2 * width, "heap": 3 * slots * width} {
		t.Run(name, func(t *testing.T) {
			q, want := New(), make([]Item, 5000)
			for i, seq := range random.Perm(len(want)) {
				want[i] = Item{At: random.Uint64N(spread), Source: random.Uint32N(7), Seq: uint32(seq)}
				q.Push(want[i])
			}
			slices.SortFunc(want, func(a, b Item) int {
				if a.Before(&b) {
					return -1
				}
				return 1
			})
			for _, item := range want {
				if got, ok := q.Pop(math.MaxUint64); !ok || got != item {
					t.Fatalf("popped %+v %t, want %+v", got, ok, item)
				}
			}
		})
	}
}

func TestOrderIsTimeThenSourceThenSeq(t *testing.T) {
	ordered := []Item{{At: 1, Source: 9, Seq: 9}, {At: 2, Source: 1, Seq: 9}, {At: 2, Source: 2, Seq: 1}, {At: 2, Source: 2, Seq: 2}}
	for i := range ordered {
		for j := range ordered {
			if got := ordered[i].Before(&ordered[j]); got != (i < j) {
				t.Errorf("%+v before %+v: %t", ordered[i], ordered[j], got)
			}
		}
	}
}

func TestEndOfTime(t *testing.T) {
	q := New()
	q.Push(Item{At: math.MaxUint64 - 1, Seq: 1})
	q.Push(Item{At: math.MaxUint64, Seq: 2})
	if item, ok := q.Pop(math.MaxUint64); !ok || item.Seq != 1 {
		t.Errorf("popped %+v %t, want number 1", item, ok)
	}
	if item, ok := q.Pop(math.MaxUint64); ok {
		t.Errorf("popped %+v, which is not before the end of time", item)
	}
	if at, ok := q.Next(); !ok || at != math.MaxUint64 {
		t.Errorf("next at %d %t, want the end of time", at, ok)
	}
}

func TestItemIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(Item{}); size > 32 {
		t.Errorf("an item has %d bytes, at most 32 are allowed", size)
	}
	if size := unsafe.Sizeof(chunk{}); size > 1024 {
		t.Errorf("a chunk has %d bytes, at most 1024 are allowed", size)
	}
}

// hold pops an item and pushes one as far ahead as drawn, over and over (the hold model of D. W. Jones, 1986).
func hold(q *Queue, random *rand.Rand, times int) {
	for range times {
		item, ok := q.Pop(math.MaxUint64)
		if !ok {
			return
		}
		item.At += 1 + random.Uint64N(150_000)
		item.Seq++
		q.Push(item)
	}
}

// filled returns a queue with items of as many sources.
func filled(random *rand.Rand, items int) *Queue {
	q := New()
	for source := range items {
		q.Push(Item{At: random.Uint64N(150_000), Source: uint32(source)})
	}
	return q
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	q := filled(random, 20_000)
	hold(q, random, 1_000_000)
	if allocated := testing.AllocsPerRun(5, func() { hold(q, random, 100_000) }); allocated > 2 {
		t.Errorf("%v allocations in 100,000 items, want none but a rare growth", allocated)
	}
}

func TestMemoryIsGivenBack(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	q := filled(random, 200_000)
	for source := range uint32(100_000) {
		q.Push(Item{At: 10_000_000, Source: source, Seq: 1})
	}
	full := held(q)
	for q.Len() > 100 {
		q.Pop(math.MaxUint64)
	}
	hold(q, random, 20_000) // some turns of the wheel
	if rest := held(q); full < 300_000 || rest > 20_000 {
		t.Errorf("room for %d items when full, for %d with %d items, want 300,000 and 20,000", full, rest, q.Len())
	}
	hold(q, random, 1000)
}

// held is the number of items for which a queue has memory.
func held(q *Queue) int {
	pool := &q.wheel.pool
	return (pool.used+pool.spare)*chunkItems + cap(q.run.items) + cap(q.late.items) + cap(q.far.items)
}
