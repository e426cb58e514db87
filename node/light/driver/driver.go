package driver

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/light"
)

const (
	// inputQueue is how many inputs wait for the machine; who adds to a full queue waits.
	inputQueue = 512
	// stepsMost is how many inputs are committed together.
	stepsMost = 128
	// askTimeout bounds a request to a peer.
	askTimeout = 15 * time.Second
	// asksAtOnce is how many requests are on the line at once.
	asksAtOnce = 8
)

// ErrStopped says that the gateway is stopping.
var ErrStopped = errors.New("the gateway is stopping")

// Store is where the machine keeps what it has to remember.
type Store interface {
	engine.Storage
	// Commit makes all writes since the last one durable, all or none.
	Commit() error
}

// Asker carries requests to peers, as mesh.Mesh does.
type Asker interface {
	// Request asks a peer and waits for its answer.
	Request(ctx context.Context, to, protocol string, request []byte, maxResponse int) ([]byte, error)
}

// Options are what a driver is made from. All fields but Notify are required.
type Options struct {
	Machine *light.Machine
	Store   Store // that the machine was made with
	Asker   Asker
	Clock   func() uint64      // ms since the Unix epoch
	Notify  func(light.Notice) // told of what happened, after it is on disk; must be quick
}

// Driver runs a machine.
type Driver struct {
	Options
	inputs  chan request
	queries chan func(*light.Machine)
	done    chan struct{} // closed when the machine is not stepped any more
	line    chan struct{} // holds a token for each request that is on it

	// Of the goroutine that steps.
	waiting map[engine.Ticket]chan<- outcome
	ticket  engine.Ticket
	effects light.Effects
	last    uint64
	wake    *time.Timer

	sent, received atomic.Uint64
	carriers       sync.WaitGroup
}

// request is an input, and who wants to know what becomes of it.
type request struct {
	input func(engine.Ticket) light.Input
	reply chan<- outcome // may be nil; has room for one
}

// outcome is what a request led to.
type outcome struct {
	reply *engine.Reply
	read  *light.ReadReply
	found *light.Found
}

// New returns a driver; Run starts it.
func New(o Options) *Driver {
	if o.Notify == nil {
		o.Notify = func(light.Notice) {}
	}
	return &Driver{
		Options: o, inputs: make(chan request, inputQueue), queries: make(chan func(*light.Machine)), done: make(chan struct{}),
		line: make(chan struct{}, asksAtOnce), waiting: map[engine.Ticket]chan<- outcome{},
	}
}

// Run steps the machine until ctx ends or the disk fails. It is called once.
func (d *Driver) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer d.carriers.Wait()
	defer stop()
	defer close(d.done)
	d.wake = time.NewTimer(0)
	defer d.wake.Stop()
	for {
		var first light.Input
		select {
		case <-ctx.Done():
			return nil
		case query := <-d.queries:
			query(d.Machine)
			continue
		case r := <-d.inputs:
			first = d.admit(r)
		case <-d.wake.C:
			first = light.Wake{}
		}
		if err := d.turn(ctx, first); err != nil {
			return err
		}
	}
}

// admit gives a request its ticket.
func (d *Driver) admit(r request) light.Input {
	if r.reply == nil {
		return r.input(0)
	}
	d.ticket++
	d.waiting[d.ticket] = r.reply
	return r.input(d.ticket)
}

// turn steps an input and those that wait behind it, commits, and lets the effects out.
func (d *Driver) turn(ctx context.Context, in light.Input) error {
	for n := 1; ; n++ {
		if err := d.Machine.Step(d.now(), in, &d.effects); err != nil {
			return err
		}
		if n == stepsMost || len(d.inputs) == 0 {
			break
		}
		in = d.admit(<-d.inputs) // only this goroutine takes some out
	}
	if err := d.Store.Commit(); err != nil {
		return fmt.Errorf("the data folder cannot be written; nothing of this step was acknowledged: %w", err)
	}
	d.settle(ctx)
	return nil
}

// now returns the time, which never goes back.
func (d *Driver) now() uint64 {
	d.last = max(d.last, d.Clock())
	return d.last
}

// settle lets the effects of a committed turn out.
func (d *Driver) settle(ctx context.Context) {
	e := &d.effects
	for i := range e.Asks {
		a := e.Asks[i]
		d.carriers.Go(func() { d.ask(ctx, a) })
	}
	for i := range e.Replies {
		r := e.Replies[i]
		d.answer(r.Ticket, outcome{reply: &r})
	}
	for i := range e.Reads {
		r := e.Reads[i]
		d.answer(r.Ticket, outcome{read: &r})
	}
	for i := range e.Found {
		f := e.Found[i]
		d.answer(f.Ticket, outcome{found: &f})
	}
	for _, n := range e.Notices {
		d.Notify(n)
	}
	if e.WakeAt != 0 {
		d.wake.Reset(time.Duration(e.WakeAt-min(e.WakeAt, d.now())) * time.Millisecond)
	}
	e.Reset()
}

// answer tells whoever waits for it what became of a request.
func (d *Driver) answer(t engine.Ticket, o outcome) {
	if reply := d.waiting[t]; reply != nil {
		delete(d.waiting, t)
		reply <- o
	}
}
