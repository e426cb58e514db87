package mesh

import (
	"context"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestQueueModel compares two queues that share a budget with plain slices that keep the same bounds.
func TestQueueModel(t *testing.T) {
	const items, bytes, own, limit = 5, 40, 10, 50
	rapid.Check(t, func(t *rapid.T) {
		shared := &budget{own: own, limit: limit}
		queues := [3]*queue[int]{}
		for i := range queues {
			queues[i] = newQueue[int](items, bytes, shared)
		}
		model := [3][]int{}
		held := func(i int) (sum int) {
			for _, size := range model[i] {
				sum += size
			}
			return sum
		}
		beyond := func(held int) int { return max(held-own, 0) }
		for range rapid.IntRange(0, 100).Draw(t, "steps") {
			i, size := rapid.IntRange(0, 2).Draw(t, "queue"), rapid.IntRange(0, 30).Draw(t, "size")
			if rapid.IntRange(0, 3).Draw(t, "step") > 0 {
				now := held(i) + size
				left := limit - beyond(now) - beyond(held((i+1)%3)) - beyond(held((i+2)%3))
				want := len(model[i]) < items && now <= bytes && (beyond(now) == beyond(held(i)) || beyond(now) <= left)
				if got := queues[i].push(size, size); got != want {
					t.Fatalf("push of %d to %v of %v: %v, want %v", size, model[i], model, got, want)
				}
				if want {
					model[i] = append(model[i], size)
				}
			} else if got, ok := queues[i].tryPop(); ok != (len(model[i]) > 0) || ok && got != model[i][0] {
				t.Fatalf("pop gave %d, %v; want %v", got, ok, model[i])
			} else if ok {
				model[i] = model[i][1:]
			}
			if sum := held(0) + held(1) + held(2); shared.used() != int64(sum) {
				t.Fatalf("%d bytes are accounted for, want %d", shared.used(), sum)
			}
		}
		for i, q := range queues {
			if dropped := q.close(); dropped != len(model[i]) || q.push(1, 1) {
				t.Fatalf("close dropped %d, want %d", dropped, len(model[i]))
			}
		}
		if shared.used() != 0 || shared.spent != 0 {
			t.Fatalf("%d bytes are held by nobody, %d spent", shared.used(), shared.spent)
		}
	})
}

// TestQueueLeavesRoom fills the queues of as many peers as connect by default, which do not read. One more still gets what
// the others cannot use up, and while they are few also the largest answers of an exchange.
func TestQueueLeavesRoom(t *testing.T) {
	limits := Limits{}.withDefaults()
	shared := &budget{own: ownSendBytes, limit: limits.SendTotalBytes}
	fresh := func() *queue[int] { return newQueue[int](limits.SendQueue, limits.SendQueueBytes, shared) }
	for n := range limits.HighWater {
		full := fresh()
		for _, size := range []int{limits.MaxMessage / 2, 1100} {
			for full.push(0, size) {
				continue
			}
		}
		honest := fresh()
		if n < 5 && !honest.push(0, 600<<10) {
			t.Errorf("an answer of 600 KiB has no room beside %d peers", n+1)
		}
		honest.close()
		for honest = fresh(); honest.bytes < ownSendBytes-1100; {
			if !honest.push(0, 1100) {
				t.Fatalf("an offer of 1,100 bytes has no room after %d bytes beside %d peers", honest.bytes, n+1)
			}
		}
		honest.close()
	}
	if most := limits.SendTotalBytes + int64(2*limits.HighWater*ownSendBytes); shared.used() > most {
		t.Errorf("%d bytes wait, more than %d", shared.used(), most)
	}
}

func TestQueueWaits(t *testing.T) {
	q := newQueue[int](5, 5, nil)
	if _, ok := q.pop(t.Context(), time.Millisecond); ok {
		t.Error("an empty queue gave something")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, ok := q.pop(ctx, 0); ok {
		t.Error("an empty queue gave something")
	}
	got := make(chan int)
	go func() {
		item, _ := q.pop(t.Context(), 0)
		got <- item
	}()
	q.push(7, 1)
	if <-got != 7 {
		t.Error("something else came")
	}
}
