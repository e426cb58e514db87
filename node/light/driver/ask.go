package driver

import (
	"context"
	"fmt"

	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/light"
	"github.com/ledgerofthings/lot/node/query"
)

// ask carries one request to a peer, and the answer, or why there is none, back to the machine. How many are asked at once is up to
// the machine, how many are on the line at once is bounded here.
func (d *Driver) ask(ctx context.Context, a light.Ask) {
	in := light.Answered{Ask: a.ID}
	answer, err := d.carry(ctx, a)
	if err != nil {
		in.Failed = err.Error()
	} else {
		in.Answer = answer
	}
	_ = d.Give(ctx, in) // it fails only when the gateway stops
}

func (d *Driver) carry(ctx context.Context, a light.Ask) (query.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	select {
	case d.line <- struct{}{}:
		defer func() { <-d.line }()
	case <-ctx.Done():
		return query.Answer{}, fmt.Errorf("too many requests are under way: %w", context.Cause(ctx))
	}
	message, err := a.Request.Encode()
	if err != nil {
		return query.Answer{}, err
	}
	d.sent.Add(uint64(len(message)))
	raw, err := d.Asker.Request(ctx, a.Peer, query.Protocol, message, query.MaxAnswer)
	if err != nil {
		return query.Answer{}, err
	}
	d.received.Add(uint64(len(raw)))
	return query.DecodeAnswer(raw)
}

// Traffic returns the bytes of all requests and answers, without what the connection adds.
func (d *Driver) Traffic() (sent, received uint64) { return d.sent.Load(), d.received.Load() }

// Give hands the machine an input that has no reply, such as a peer that came. The error is ErrStopped or that of ctx.
func (d *Driver) Give(ctx context.Context, in light.Input) error {
	return d.put(ctx, request{input: func(engine.Ticket) light.Input { return in }})
}

func (d *Driver) put(ctx context.Context, r request) error {
	select {
	case d.inputs <- r:
		return nil
	case <-d.done:
		return ErrStopped
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
