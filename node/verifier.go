package node

import (
	"context"
	"crypto/rand"

	"github.com/ledgerofthings/lot/dag"
)

// batchMost is how many event signatures are checked in one batch. More gain little.
const batchMost = 64

// verifier checks the signatures of gossiped events by a few workers. What waits is checked in one batch, which costs a
// third of checking singly; an event that comes alone does not wait for others.
type verifier struct {
	queue chan verification
}

type verification struct {
	event *dag.Event
	done  chan<- dag.Verified // gets a zero value if the signature does not hold
}

func newVerifier() *verifier { return &verifier{queue: make(chan verification, 4*batchMost)} }

// run works until ctx ends. Any number of goroutines may run it.
func (v *verifier) run(ctx context.Context) {
	batch := make([]verification, 0, batchMost)
	for {
		select {
		case <-ctx.Done():
			return
		case first := <-v.queue:
			batch = v.gather(append(batch[:0], first))
			check(batch)
		}
	}
}

// gather adds what waits in the queue.
func (v *verifier) gather(batch []verification) []verification {
	for len(batch) < batchMost {
		select {
		case next := <-v.queue:
			batch = append(batch, next)
		default:
			return batch
		}
	}
	return batch
}

func check(batch []verification) {
	events := make([]*dag.Event, len(batch))
	for i := range batch {
		events[i] = batch[i].event
	}
	for i, verified := range verifyAll(events) {
		batch[i].done <- verified
	}
}

// verifyAll checks signatures and returns a zero value for each that does not hold.
func verifyAll(events []*dag.Event) []dag.Verified {
	if len(events) == 1 {
		verified, err := dag.Verify(events[0])
		if err != nil {
			verified = dag.Verified{}
		}
		return []dag.Verified{verified}
	}
	out, err := dag.VerifyBatch(events, rand.Reader)
	if err != nil {
		return make([]dag.Verified, len(events))
	}
	return out
}

// verify waits for the check of one event. ok is false if the signature does not hold; err is that of ctx.
func (v *verifier) verify(ctx context.Context, e *dag.Event) (verified dag.Verified, ok bool, err error) {
	done := make(chan dag.Verified, 1)
	select {
	case v.queue <- verification{e, done}:
	case <-ctx.Done():
		return dag.Verified{}, false, ctx.Err()
	}
	select {
	case verified = <-done:
		return verified, verified.Event != nil, nil
	case <-ctx.Done():
		return dag.Verified{}, false, ctx.Err()
	}
}
