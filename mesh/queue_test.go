package mesh

import (
	"context"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestQueueModel compares the queue with a plain slice that keeps the same bounds.
func TestQueueModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shared := &budget{limit: 60}
		q, other := newQueue[int](5, 40, shared), newQueue[int](5, 40, shared)
		var model []int
		used, elsewhere := 0, 0
		for i := range rapid.IntRange(0, 100).Draw(t, "steps") {
			size := rapid.IntRange(0, 30).Draw(t, "size")
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0, 1:
				want := len(model) < 5 && used+size <= 40 && used+elsewhere+size <= 60
				if got := q.push(size, size); got != want {
					t.Fatalf("step %d: push of %d: %v, want %v", i, size, got, want)
				}
				if want {
					model, used = append(model, size), used+size
				}
			case 2:
				got, ok := q.tryPop()
				if ok != (len(model) > 0) || ok && got != model[0] {
					t.Fatalf("pop gave %d, %v; want %v", got, ok, model)
				}
				if ok {
					model, used = model[1:], used-got
				}
			case 3:
				if other.push(0, size) {
					elsewhere += size
				}
			}
			if shared.used() != int64(used+elsewhere) {
				t.Fatalf("%d bytes are accounted for, want %d", shared.used(), used+elsewhere)
			}
		}
		if dropped := q.close(); dropped != len(model) || q.push(1, 1) || shared.used() != int64(elsewhere) {
			t.Fatalf("close dropped %d, want %d", dropped, len(model))
		}
	})
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
