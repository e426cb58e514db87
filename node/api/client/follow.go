package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ledgerofthings/lot/node/api"
)

// Waiting times of a stream.
const (
	// stallTimeout is how long a stream may be silent before it counts as dead.
	stallTimeout = 3 * api.Heartbeat
	// firstRetry and lastRetry bound the wait before a connection is tried again; it doubles in between.
	firstRetry = 250 * time.Millisecond
	lastRetry  = 10 * time.Second
)

// errStalled says that a stream has been silent for too long.
var errStalled = errors.New("the gateway has been silent for too long")

// FollowOptions choose what to follow.
type FollowOptions struct {
	Types  []api.NoticeType // only these types; empty for all
	Kind   string           // of notices about events only those with this payload kind; empty for all
	LastID string           // Message.ID to go on behind; empty for what comes from now on
	// OnConnect is called when the stream is open, the first time and after every break; nil for nothing.
	OnConnect func()
	// OnRetry is called before the wait for another try, with the reason; nil for nothing.
	OnRetry func(reason error, wait time.Duration)
}

// Message is a notice with the id to go on from.
type Message struct {
	ID string
	api.Notice
}

// Follow yields what happens at the gateway until ctx ends or the caller stops. When the stream breaks, it connects
// again and goes on behind the last message; a notice of type api.NoticeGap says that some were lost. An error is
// yielded last: if the first connection fails, and if the gateway refuses in a way that trying again does not change.
func (c *Client) Follow(ctx context.Context, o FollowOptions) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		f := &follower{client: c, options: o, lastID: o.LastID, yield: yield, wait: firstRetry}
		for {
			err := f.once(ctx)
			if f.stopped || ctx.Err() != nil {
				return
			}
			if !f.connected || isFinal(err) {
				yield(Message{}, err)
				return
			}
			if !f.pause(ctx, err) {
				return
			}
		}
	}
}

// isFinal reports whether a gateway would answer the same another time.
func isFinal(err error) bool {
	var problem *api.Problem
	return errors.As(err, &problem) && problem.Status < http.StatusInternalServerError && problem.Status != http.StatusTooManyRequests
}

// follower is one run of Follow.
type follower struct {
	client    *Client
	options   FollowOptions
	yield     func(Message, error) bool
	lastID    string
	wait      time.Duration
	connected bool // at least once
	stopped   bool // the caller has enough
}

// once follows one connection until it breaks.
func (f *follower) once(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	alive := time.AfterFunc(stallTimeout, func() { cancel(errStalled) })
	defer alive.Stop()
	header := http.Header{"Accept": {"text/event-stream"}}
	if f.lastID != "" {
		header.Set("Last-Event-ID", f.lastID)
	}
	response, err := f.client.open(ctx, http.MethodGet, api.BasePath+"/events/stream", f.query(), nil, header)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	f.connected = true
	if f.options.OnConnect != nil {
		f.options.OnConnect()
	}
	events := newSSEReader(response.Body)
	events.id = f.lastID
	for {
		event, err := events.next()
		if err != nil {
			return f.client.broken(ctx, err)
		}
		alive.Reset(stallTimeout)
		if err := f.deliver(event); err != nil || f.stopped {
			return err
		}
	}
}

// deliver hands one event to the caller. A goodbye is returned as an error.
func (f *follower) deliver(event sseEvent) error {
	f.lastID, f.wait = event.id, firstRetry
	if len(event.data) == 0 {
		return nil
	}
	var notice api.Notice
	if err := json.Unmarshal(event.data, &notice); err != nil {
		return fmt.Errorf("the stream of %s makes no sense: %w", f.client.shown, err)
	}
	if notice.Type == api.NoticeBye {
		return fmt.Errorf("the gateway at %s ended the stream: %s", f.client.shown, notice.Why)
	}
	f.stopped = !f.yield(Message{event.id, notice}, nil)
	return nil
}

// pause waits before the next try; false if ctx ended.
func (f *follower) pause(ctx context.Context, reason error) bool {
	if f.options.OnRetry != nil {
		f.options.OnRetry(reason, f.wait)
	}
	timer := time.NewTimer(f.wait)
	defer timer.Stop()
	f.wait = min(2*f.wait, lastRetry)
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// query returns the filter as the stream takes it.
func (f *follower) query() url.Values {
	query := url.Values{}
	setText(query, "kind", f.options.Kind)
	types := make([]string, len(f.options.Types))
	for i, t := range f.options.Types {
		types[i] = string(t)
	}
	setText(query, "type", strings.Join(types, ","))
	return query
}
