package catchup

import (
	"context"
	"slices"
	"time"

	"github.com/ledgerofthings/lot/dag/snapshot"
	"github.com/ledgerofthings/lot/node/engine"
)

const (
	// AtOnce is how many chunks are fetched at the same time.
	AtOnce = 4
	// AtMost bounds them where some are slow: those do not keep others from being fetched. Both bounds fall where chunks do not come
	// in time, since then it is this gateway's own connection that is slow.
	AtMost = 2 * AtOnce
	// slowAfter is when a chunk counts as slow. Another peer may then be asked for it too.
	slowAfter = 5 * time.Second
	// chunkTimeout bounds how long a chunk is waited for.
	chunkTimeout = time.Minute
)

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

// launch asks for as many chunks as may be under way.
func (d *download) launch(ctx context.Context) {
	for now := time.Now(); len(d.flights) < 2*d.width && d.quick(now) < d.width; {
		chunk, source := d.first(now)
		if source == nil {
			chunk, source = d.second(now)
		}
		if source == nil {
			return
		}
		d.fly(ctx, chunk, source, now)
	}
}

// first returns the next chunk of the plan and whom to ask for it; nil if there is none, or nobody to ask. Whoever said of a chunk that
// it is too large is asked for its halves only where nobody else is there.
func (d *download) first(now time.Time) (engine.Chunk, *source) {
	chunk, ok := d.plan.next()
	if !ok {
		return chunk, nil
	}
	s := d.sources.best(now, d.plan.claimant(chunk))
	if s == nil {
		s = d.sources.best(now)
	}
	if s == nil {
		d.plan.again(chunk)
	}
	return chunk, s
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
