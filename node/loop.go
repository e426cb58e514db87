package node

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
)

const (
	inputQueue = 4096    // inputs that wait for the engine; who adds to a full queue waits
	stepsMost  = 1024    // inputs that are committed together
	bytesMost  = 8 << 20 // of events in them, about; far below what the store takes in one step
)

// stepStore is storage whose writes are made durable by Commit. Append keeps them in order for a later Commit.
type stepStore interface {
	engine.Storage
	Commit() error
	Append() error
	Discard() // forgets what was written since the last Commit or Append
}

// stepper steps the engine: the engine itself, or what records it.
type stepper interface {
	Step(now uint64, in engine.Input, out *engine.Effects) error
}

// request is an input and who wants the reply.
type request struct {
	input engine.Input
	reply func(engine.Reply) // may be nil; must be quick
}

// loop owns the engine: one goroutine steps it, commits what it wrote, and only then lets the effects out. While a commit is
// under way further inputs gather, so that under load many share one disk sync. A turn that promises nothing to anybody is
// not synced by itself, but with the next that does.
type loop struct {
	engine  *engine.Engine // for queries
	steps   stepper
	store   stepStore
	clock   func() uint64 // ms since the Unix epoch
	release func(*engine.Effects)
	measure func(step, commit time.Duration)

	inputs  chan request
	queries chan func(*engine.Engine)
	works   chan work
	done    chan struct{} // closed when the engine is not stepped any more

	senders sync.RWMutex // held for reading while something is put into inputs
	stopped bool         // guarded by senders

	ticket  engine.Ticket
	replies map[engine.Ticket]func(engine.Reply)
	effects engine.Effects
	wake    *time.Timer
	last    uint64
}

func newLoop(e *engine.Engine, store stepStore, clock func() uint64, release func(*engine.Effects)) *loop {
	return &loop{
		engine: e, steps: e, store: store, clock: clock, release: release, measure: func(time.Duration, time.Duration) {},
		inputs: make(chan request, inputQueue), queries: make(chan func(*engine.Engine)), works: make(chan work), done: make(chan struct{}),
		replies: map[engine.Ticket]func(engine.Reply){},
	}
}

// run steps the engine until ctx ends or storage fails. What waits at the end is not handled; it is answered with a refusal.
func (l *loop) run(ctx context.Context) error {
	defer l.stop()
	l.wake = time.NewTimer(0)
	defer l.wake.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case query := <-l.queries:
			query(l.engine)
		case w := <-l.works:
			if err := l.perform(w); err != nil {
				return err
			}
		case r := <-l.inputs:
			if err := l.turn(r); err != nil {
				return err
			}
		case <-l.wake.C:
			if err := l.turn(request{input: engine.Wake{}}); err != nil {
				return err
			}
		}
	}
}

// stop refuses what waits and what comes later, so that nobody waits for an answer for ever.
func (l *loop) stop() {
	close(l.done)
	l.senders.Lock()
	l.stopped = true
	l.senders.Unlock()
	refusal := engine.Reply{Refusal: &engine.Refusal{Code: engine.CodeStopping, Detail: "the gateway is shutting down; send it again"}}
	for ticket, reply := range l.replies { // all get the same answer
		delete(l.replies, ticket)
		reply(refusal)
	}
	for {
		select {
		case r := <-l.inputs:
			if r.reply != nil {
				r.reply(refusal)
			}
		default:
			return
		}
	}
}

// turn steps the first input and those that wait behind it, commits, and releases the effects.
func (l *loop) turn(first request) error {
	began := time.Now()
	if err := l.stepAll(first); err != nil {
		return err
	}
	stepped := time.Now()
	commit := l.store.Append
	if l.effects.Promises() {
		commit = l.store.Commit
	}
	if err := commit(); err != nil {
		return fmt.Errorf("the data folder cannot be written; nothing of this step was acknowledged: %w", err)
	}
	l.measure(stepped.Sub(began), time.Since(stepped))
	l.settle()
	return nil
}

// stepAll steps the first input and those that wait behind it, as many as fit a commit.
func (l *loop) stepAll(next request) error {
	bytes := 0
	for n := 1; ; n++ {
		if err := l.step(next); err != nil {
			return err
		}
		if bytes += eventBytes(next.input); n >= stepsMost || bytes >= bytesMost {
			return nil
		}
		select {
		case next = <-l.inputs:
		default:
			return nil
		}
	}
}

// eventBytes returns the size of the events that an input brings from a peer.
func eventBytes(in engine.Input) (sum int) {
	var events []dag.Verified
	switch in := in.(type) {
	case engine.Gossip:
		events = in.Events
	case engine.Sync:
		events = in.Events
	}
	for _, e := range events {
		sum += e.Size()
	}
	return sum
}

// step lets the engine handle one input. Its effects gather until the turn is committed.
func (l *loop) step(r request) error {
	input := r.input
	if r.reply != nil {
		l.ticket++
		input = withTicket(input, l.ticket)
		l.replies[l.ticket] = r.reply
	}
	return l.steps.Step(l.now(), input, &l.effects)
}

// now returns the time, which never goes back.
func (l *loop) now() uint64 {
	l.last = max(l.last, l.clock())
	return l.last
}

// settle lets the effects of a committed turn out.
func (l *loop) settle() {
	for _, reply := range l.effects.Replies {
		if done := l.replies[reply.Ticket]; done != nil {
			delete(l.replies, reply.Ticket)
			done(reply)
		}
	}
	l.release(&l.effects)
	if at := l.effects.WakeAt; at != 0 {
		l.wake.Reset(time.Duration(at-min(at, l.now())) * time.Millisecond)
	}
	l.effects.Reset()
}

// withTicket returns the input with the ticket under which its reply comes.
func withTicket(in engine.Input, t engine.Ticket) engine.Input {
	switch in := in.(type) {
	case engine.Reading:
		in.Ticket = t
		return in
	case engine.AddDevice:
		in.Ticket = t
		return in
	case engine.RemoveDevice:
		in.Ticket = t
		return in
	case engine.Transfer:
		in.Ticket = t
		return in
	case engine.Flush:
		in.Ticket = t
		return in
	case engine.Govern:
		in.Ticket = t
		return in
	case engine.Override:
		in.Ticket = t
		return in
	}
	return in
}

// send queues an input; it waits while the queue is full. The error is that of ctx, or errStopped.
func (l *loop) send(ctx context.Context, in engine.Input, reply func(engine.Reply)) error {
	l.senders.RLock()
	defer l.senders.RUnlock()
	if l.stopped {
		return errStopped
	}
	select {
	case l.inputs <- request{in, reply}:
		return nil
	case <-l.done:
		return errStopped
	case <-ctx.Done():
		return ctx.Err()
	}
}

// call queues a request and waits for its reply.
func (l *loop) call(ctx context.Context, in engine.Input) (engine.Reply, error) {
	answer := make(chan engine.Reply, 1)
	if err := l.send(ctx, in, func(r engine.Reply) { answer <- r }); err != nil {
		return engine.Reply{}, err
	}
	select {
	case r := <-answer: // whatever was taken is answered, also when the loop ends
		return r, nil
	case <-ctx.Done():
		return engine.Reply{}, ctx.Err()
	}
}

// work is something to be done to the storage between two turns.
type work struct {
	do   func() error
	done chan<- error
}

// exec runs a function that writes to the storage between two turns, makes what it wrote durable and returns what came of it.
func (l *loop) exec(ctx context.Context, do func() error) error {
	done := make(chan error, 1)
	select {
	case l.works <- work{do, done}:
	case <-l.done:
		return errStopped
	case <-ctx.Done():
		return ctx.Err()
	}
	return <-done
}

// errHalfDone says that a work has changed the storage under an engine that cannot go on with it: the gateway must stop, and goes on
// when it is started again.
var errHalfDone = errors.New("the gateway has to be started again")

// perform does a work. If it fails it has written nothing; an error is returned only if the disk failed.
func (l *loop) perform(w work) error {
	if err := w.do(); err != nil {
		l.store.Discard()
		w.done <- err
		if errors.Is(err, errHalfDone) {
			return err
		}
		return nil
	}
	if err := l.store.Commit(); err != nil {
		w.done <- err
		return fmt.Errorf("the data folder cannot be written: %w", err)
	}
	w.done <- nil
	l.settle()
	return nil
}

// query runs a function on the engine between two turns and waits for it.
func (l *loop) query(ctx context.Context, run func(*engine.Engine)) error {
	finished := make(chan struct{})
	select {
	case l.queries <- func(e *engine.Engine) { defer close(finished); run(e) }:
	case <-l.done:
		return errStopped
	case <-ctx.Done():
		return ctx.Err()
	}
	<-finished
	return nil
}
