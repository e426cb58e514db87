package demo

import (
	"context"
	"fmt"
	"sync"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/api/client"
	"github.com/ledgerofthings/lot/node/process"
)

// watch follows the event streams of all gateways.
type watch struct {
	mu       sync.Mutex
	changed  chan struct{} // closed and replaced when something happens
	events   map[dag.ID]api.Event
	leaders  map[string][]dag.ID // by gateway: the committed leaders it told of, in order
	anchors  int                 // anchor events seen by the first gateway
	wrong    []api.Event         // payload events that do not approve exactly two
	finals   int                 // payload events that the first gateway saw become final
	refusals []api.Refusal
}

func newWatch([]*process.Gateway) *watch {
	return &watch{changed: make(chan struct{}), events: map[dag.ID]api.Event{}, leaders: map[string][]dag.ID{}}
}

// follow notes what a gateway tells, until ctx ends. A gateway that is away is tried again.
func (w *watch) follow(ctx context.Context, g *process.Gateway) error {
	if g.Client == nil {
		return nil
	}
	for message, err := range g.Client.Follow(ctx, client.FollowOptions{}) {
		if err != nil {
			break
		}
		w.note(g.Name, &message.Notice)
	}
	return nil
}

func (w *watch) note(gateway string, n *api.Notice) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch n.Type {
	case api.NoticeAttached:
		w.attached(n.Event)
	case api.NoticeOrdered:
		w.finals++
	case api.NoticeCommit:
		w.leaders[gateway] = append(w.leaders[gateway], n.Commit.Leader)
	case api.NoticeRefusal:
		w.refusals = append(w.refusals, *n.Refusal)
	default:
		return
	}
	close(w.changed)
	w.changed = make(chan struct{})
}

func (w *watch) attached(e *api.Event) {
	if _, known := w.events[e.ID]; known || e.Kind == "" {
		return
	}
	w.events[e.ID] = *e
	if e.Kind == ledger.KindAnchor {
		w.anchors++
	}
	if len(e.Approves) != 2 || e.Approves[0] == e.Approves[1] {
		w.wrong = append(w.wrong, *e)
	}
}

// approvals returns an error if a payload event was seen that does not approve exactly two. The watch is held.
func (w *watch) approvals() error {
	if len(w.wrong) == 0 {
		return nil
	}
	return fmt.Errorf("event %s approves %d events", w.wrong[0].ID, len(w.wrong[0].Approves))
}

// until waits until the condition, which is called with the watch held, is true. It returns ctx's error if that ends first.
func (w *watch) until(ctx context.Context, condition func() bool) error {
	for {
		w.mu.Lock()
		done, changed := condition(), w.changed
		w.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
