package catchup

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/ledgerofthings/lot/node/engine"
)

// lookEvery is how often peers that may be asked again, chunks that became slow and new peers are looked for.
const lookEvery = time.Second

// download fetches the chunks of one state.
type download struct {
	*fetch
	target  *end
	plan    *plan
	sources sources
	width   int // how many chunks are fetched at once, slow ones aside: up to AtOnce
	flights []*flight
	landed  chan landing
	asking  bool // a peer is asked for its head
	heard   chan heard
	running sync.WaitGroup
}

func newDownload(f *fetch, target *end, p *plan, claims []claim) *download {
	d := &download{fetch: f, target: target, plan: p, width: AtOnce, landed: make(chan landing, AtMost), heard: make(chan heard, 1)}
	for _, c := range claims {
		if c.id == target.id {
			d.sources.add(c.peer)
		}
	}
	f.progress.Epoch, f.progress.Resumed = target.seal.Leaf.Epoch, len(p.done)
	d.report()
	return d
}

// report tells how far it is.
func (d *download) report() {
	p := &d.progress
	p.Done, p.Total, p.Peers = len(d.plan.done), d.plan.total, len(d.sources)
	d.Progress(*p)
}

// run fetches until all chunks are there. The error wraps ErrNoSource if nobody is left who has them.
func (d *download) run(ctx context.Context) error {
	defer d.running.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for !d.plan.complete() {
		d.launch(ctx)
		if len(d.flights) == 0 && len(d.sources) == 0 && !d.asking {
			return ErrNoSource
		}
		select {
		case l := <-d.landed:
			if err := d.land(ctx, l); err != nil {
				return err
			}
		case h := <-d.heard:
			if err := d.hear(h); err != nil {
				return err
			}
		case <-look.C:
			d.recruit(ctx)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// land takes what came of a request into account. Errors are those of the Stager.
func (d *download) land(ctx context.Context, l landing) error {
	l.source.busy--
	d.flights = slices.DeleteFunc(d.flights, func(f *flight) bool { return f == l.flight })
	if d.liars.has(l.source.peer) && l.err == nil && l.split {
		l.err = errGone // it was found out meanwhile, and is not believed
	}
	switch {
	case l.err != nil:
		d.miss(l)
	case d.superseded(l.chunk):
	case l.split:
		if !d.plan.divide(l.chunk, l.source.peer) {
			d.catch(l.source.peer, lie("part %d of %d bits of the state is said to be too large, which nobody can bring about", l.chunk.Part, l.chunk.Bits))
			d.plan.again(l.chunk)
		}
	default:
		return d.keep(ctx, l)
	}
	d.report()
	return nil
}

// superseded reports whether another peer's answer for a chunk was taken already.
func (d *download) superseded(c engine.Chunk) bool { return d.plan.done[c] || d.plan.splits[c] != nil }

// keep stages a chunk.
func (d *download) keep(ctx context.Context, l landing) error {
	if err := d.stage(ctx, d.target.id, l.chunk, l.entries); err != nil {
		return err
	}
	l.source.gave(time.Since(l.since))
	d.width = min(AtOnce, d.width+1)
	d.progress.Bytes += int64(l.bytes)
	for _, peer := range d.plan.finish(l.chunk, l.bytes, len(l.entries)) {
		d.catch(peer, lie("it says of a part of the state that it is too large for one message, and its halves together are not"))
	}
	for _, f := range d.flights {
		if f.chunk == l.chunk {
			f.cancel()
		}
	}
	d.report()
	return nil
}

// miss handles a request that brought nothing.
func (d *download) miss(l landing) {
	if !d.superseded(l.chunk) && !slices.ContainsFunc(d.flights, func(f *flight) bool { return f.chunk == l.chunk }) {
		d.plan.again(l.chunk)
	}
	if errors.Is(l.err, context.DeadlineExceeded) {
		d.width = max(1, d.width/2)
	}
	switch {
	case errors.Is(l.err, ErrLie):
		d.catch(l.source.peer, l.err)
	case errors.Is(l.err, errGone) || errors.Is(l.err, errNone):
		d.sources.remove(l.source.peer)
	case errors.Is(l.err, errBusy):
		l.source.retryAt = time.Now().Add(busyPause)
	case errors.Is(l.err, context.Canceled): // another was quicker
	case l.source.failed(time.Now()):
		d.Logger.Info("a peer does not answer and is not asked for this state any more", "peer", l.source.peer, "error", l.err)
		d.sources.remove(l.source.peer)
	}
}

// catch drops a liar.
func (d *download) catch(peer string, err error) {
	d.expose(peer, err)
	d.sources.remove(peer)
	for _, f := range d.flights {
		if f.source.peer == peer {
			f.cancel()
		}
	}
}
