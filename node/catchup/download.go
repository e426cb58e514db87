package catchup

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/ledgerofthings/lot/dag/snapshot"
	"github.com/ledgerofthings/lot/node/engine"
)

const (
	// AtOnce is how many chunks are fetched at the same time.
	AtOnce = 4
	// AtMost bounds them where some are slow: those do not keep others from being fetched.
	AtMost = 2 * AtOnce
	// slowAfter is when a chunk counts as slow. Another peer may then be asked for it too.
	slowAfter = 5 * time.Second
	// chunkTimeout bounds how long a chunk is waited for.
	chunkTimeout = time.Minute
	// lookEvery is how often peers that may be asked again, chunks that became slow and new peers are looked for.
	lookEvery = time.Second
)

// download fetches the chunks of one state.
type download struct {
	*fetch
	target  *end
	plan    *plan
	sources sources
	flights []*flight
	landed  chan landing
	asking  bool // a peer is asked for its head
	heard   chan heard
	running sync.WaitGroup
}

// flight is a request for a chunk.
type flight struct {
	chunk  engine.Chunk
	source *source
	since  time.Time
	cancel context.CancelFunc
}

// landing is what came of it.
type landing struct {
	*flight
	entries []snapshot.Entry
	bytes   int
	split   bool
	err     error
}

func newDownload(f *fetch, target *end, p *plan, claims []claim) *download {
	d := &download{fetch: f, target: target, plan: p, landed: make(chan landing, AtMost), heard: make(chan heard, 1)}
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

// launch asks for as many chunks as may be under way.
func (d *download) launch(ctx context.Context) {
	for now := time.Now(); len(d.flights) < AtMost && d.quick(now) < AtOnce; {
		source := d.sources.best(now)
		if source == nil {
			return
		}
		chunk, ok := d.plan.next()
		if !ok {
			if chunk, source = d.second(now); source == nil {
				return
			}
		}
		d.fly(ctx, chunk, source, now)
	}
}

// quick returns how many requests are not slow.
func (d *download) quick(now time.Time) (n int) {
	for _, f := range d.flights {
		if now.Sub(f.since) < slowAfter {
			n++
		}
	}
	return n
}

// second returns a chunk that one peer is slow with, and another peer to be asked for it; nil if there is none.
func (d *download) second(now time.Time) (engine.Chunk, *source) {
	for _, f := range d.flights {
		if now.Sub(f.since) < slowAfter || slices.ContainsFunc(d.flights, func(o *flight) bool { return o != f && o.chunk == f.chunk }) {
			continue
		}
		if s := d.sources.best(now, f.source.peer); s != nil {
			return f.chunk, s
		}
	}
	return engine.Chunk{}, nil
}

// fly asks a peer for a chunk.
func (d *download) fly(ctx context.Context, chunk engine.Chunk, s *source, now time.Time) {
	ctx, cancel := context.WithCancel(ctx)
	f := &flight{chunk: chunk, source: s, since: now, cancel: cancel}
	s.busy++
	d.flights = append(d.flights, f)
	d.running.Go(func() {
		defer cancel()
		d.landed <- d.chunk(ctx, f)
	})
}

// chunk asks for a chunk and verifies it.
func (d *download) chunk(ctx context.Context, f *flight) landing {
	l := landing{flight: f}
	r, err := d.ask(ctx, f.source.peer, request{Ask: askChunk, Seal: d.target.id[:], Bits: uint64(f.chunk.Bits), Part: uint64(f.chunk.Part)}, chunkTimeout)
	switch {
	case err != nil:
		l.err = err
	case r.Answer == answerSplit:
		l.split = true
	case r.Answer != answerChunk:
		l.err = lie("asked for a chunk it answers %q", r.Answer)
	default:
		l.bytes = len(r.Chunk)
		if l.entries, err = snapshot.Open(d.target.seal.Leaf.State, f.chunk.Bits, f.chunk.Part, r.Chunk); err != nil {
			l.err = lie("part %d of %d bits of the state after epoch %d: %w", f.chunk.Part, f.chunk.Bits, d.target.seal.Leaf.Epoch, err)
		}
	}
	return l
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

// recruit asks a peer that has come since for its head.
func (d *download) recruit(ctx context.Context) {
	if d.asking {
		return
	}
	for _, peer := range d.Peers.Connected() {
		if d.asked[peer] || d.liars.has(peer) {
			continue
		}
		d.asked[peer], d.asking = true, true
		d.running.Go(func() {
			c, err := d.head(ctx, peer)
			d.heard <- heard{c, peer, err}
		})
		return
	}
}

// hear adds a peer that has the state. The error wraps ErrFork.
func (d *download) hear(h heard) error {
	d.asking = false
	switch {
	case errors.Is(h.err, ErrLie):
		d.catch(h.peer, h.err)
	case h.err == nil && h.id == d.target.id:
		d.sources.add(h.peer)
		d.report()
	}
	if h.err != nil {
		return nil
	}
	return d.history.take(h.peer, h.chain)
}
