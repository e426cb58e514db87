package driver

import (
	"context"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/light"
)

// Query calls f with the machine between two of its steps. f must not keep it. The error is ErrStopped or that of ctx.
func (d *Driver) Query(ctx context.Context, f func(*light.Machine)) error {
	finished := make(chan struct{})
	select {
	case d.queries <- func(m *light.Machine) { defer close(finished); f(m) }:
		<-finished
		return nil
	case <-d.done:
		return ErrStopped
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// call hands the machine a request and waits for what it leads to.
func (d *Driver) call(ctx context.Context, input func(engine.Ticket) light.Input) (outcome, error) {
	reply := make(chan outcome, 1)
	if err := d.put(ctx, request{input: input, reply: reply}); err != nil {
		return outcome{}, err
	}
	select {
	case o := <-reply:
		return o, nil
	case <-d.done:
		return outcome{}, ErrStopped
	case <-ctx.Done():
		return outcome{}, context.Cause(ctx)
	}
}

// Call hands the machine an input of package engine, such as a reading or a transfer, or an Issue, and returns the event that was
// issued for it, if one was. The input's ticket is not looked at. The error is an *engine.Refusal, ErrStopped or that of ctx, after
// which what was asked for may still be done: a transfer with an idempotency key can be asked for again.
func (d *Driver) Call(ctx context.Context, in light.Input) (dag.ID, error) {
	o, err := d.call(ctx, func(t engine.Ticket) light.Input { return withTicket(in, t) })
	if err != nil {
		return dag.ID{}, err
	}
	if o.reply.Refusal != nil {
		return dag.ID{}, o.reply.Refusal
	}
	return o.reply.Event, nil
}

// withTicket returns the input with the ticket under which its reply comes.
func withTicket(in light.Input, t engine.Ticket) light.Input {
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
	case engine.Govern:
		in.Ticket = t
		return in
	case engine.Flush:
		in.Ticket = t
		return in
	case engine.Override:
		in.Ticket = t
		return in
	case light.Issue:
		in.Ticket = t
		return in
	default:
		return in
	}
}

// Read runs f on proven entries of the state and returns the checkpoint as of which they hold; see light.Read. When it returns
// without an error, f has been called for the last time and what it found then holds. Errors are those of Call; after one f may
// still be called.
func (d *Driver) Read(ctx context.Context, f func(ledger.View)) (light.Head, error) {
	o, err := d.call(ctx, func(t engine.Ticket) light.Input { return light.Read{Ticket: t, F: f} })
	if err != nil {
		return light.Head{}, err
	}
	if o.read.Refusal != nil {
		return light.Head{}, o.read.Refusal
	}
	return o.read.Head, nil
}

// Find returns an event and where it stands. Errors are those of Call, with the code light.CodeNotFound if no peer knows it.
func (d *Driver) Find(ctx context.Context, id dag.ID) (*light.EventInfo, error) {
	o, err := d.call(ctx, func(t engine.Ticket) light.Input { return light.Find{Ticket: t, ID: id} })
	if err != nil {
		return nil, err
	}
	if o.found.Refusal != nil {
		return nil, o.found.Refusal
	}
	return o.found.Event, nil
}
