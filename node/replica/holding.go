package replica

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ledgerofthings/lot/node/store"
)

const (
	fetchingAtOnce = 2
	sweepEvery     = time.Hour
)

// fetchPins fetches what the holder accepted.
func (d *Driver) fetchPins(ctx context.Context) error {
	fetching, ctx := errgroup.WithContext(ctx)
	fetching.SetLimit(fetchingAtOnce)
	for {
		var fetch Fetch
		var found bool
		var due uint64
		err := d.hold(func(h *Holder) []Digest {
			if fetch, found = h.Next(now(), d.config.Pins.Has); found {
				return nil
			}
			due = min(h.Due(), now()+ms(sweepEvery))
			return h.Sweep(now())
		})
		switch {
		case err != nil:
			return errors.Join(err, fetching.Wait())
		case found:
			fetching.Go(func() error { return d.fetchPin(ctx, fetch) })
		case !d.holding.wait(ctx, due):
			return fetching.Wait()
		}
	}
}

func (d *Driver) fetchPin(ctx context.Context, f Fetch) error {
	err := d.pull(ctx, f.Owner, f.Digest, f.Size, d.config.Pins)
	result := FetchFailed
	switch {
	case err == nil:
		result = FetchDone
	case errors.Is(err, errNotThere) || errors.Is(err, store.ErrCorrupt):
		result = FetchVoid
	}
	if err != nil && ctx.Err() == nil {
		d.log.Debug("a batch of another gateway cannot be fetched", "peer", f.Owner, "batch", f.Digest, "error", err)
	}
	defer d.holding.ring()
	return d.hold(func(h *Holder) []Digest {
		if !h.Fetched(now(), f, result) {
			return []Digest{f.Digest}
		}
		return nil
	})
}

// Serve answers a request of a peer; it is a mesh.RequestHandler under Protocol. Requests are at most MaxRequest bytes.
func (d *Driver) Serve(ctx context.Context, from string, b []byte) ([]byte, error) {
	r, err := decodeRequest(b)
	if err != nil {
		return nil, err
	}
	var a answer
	switch r.Verb {
	case verbHold:
		err = d.serveHold(from, r, &a)
	case verbCheck:
		err = d.serveCheck(ctx, from, r, &a)
	case verbRelease:
		err = d.hold(func(h *Holder) (unused []Digest) {
			a.Items, unused = h.release(from, r.Items)
			return unused
		})
	case verbList:
		var scanned error
		err = d.hold(func(h *Holder) []Digest {
			a.Items, scanned = h.list(from, Digest(r.Items[0].Digest))
			return nil
		})
		err = errors.Join(err, scanned)
	case verbRead:
		a.Items = make([]outcome, 1)
		a.Items[0].Status, a.Data = d.read(ctx, from, r.Items[0])
	}
	if err != nil {
		d.log.Error("a question about replicas cannot be answered", "peer", from, "error", err)
		return nil, errUnable // what is wrong with this disk is no concern of a peer's
	}
	return encode(&a)
}

// errUnable tells a peer to ask later.
var errUnable = errors.New("this gateway cannot answer at present")

func (d *Driver) serveHold(from string, r *request, a *answer) error {
	room := int64(math.MaxInt64)
	if d.config.Room != nil {
		var err error
		if room, err = d.config.Room(); err != nil {
			return fmt.Errorf("measure the disk: %w", err)
		}
	}
	defer d.holding.ring()
	return d.hold(func(h *Holder) []Digest {
		a.Items = h.hold(from, r.Items, room)
		return nil
	})
}

// serveCheck reads what is to be proven outside of the lock. A blob that turns out to be damaged is lost.
func (d *Driver) serveCheck(ctx context.Context, from string, r *request, a *answer) error {
	var proofs []toProve
	err := d.hold(func(h *Holder) []Digest {
		a.Items, proofs = h.check(now(), from, r.Items)
		return nil
	})
	if err != nil {
		return err
	}
	var lost []Digest
	for _, p := range proofs {
		out := &a.Items[p.index]
		if ctx.Err() != nil {
			out.Status = statusLater
			continue
		}
		part, err := d.config.Pins.Verify(p.digest, p.item.Offset, p.item.Length)
		switch {
		case err == nil:
			out.Status, out.Proof = statusOK, prove(r.Nonce, part)
		case errors.Is(err, store.ErrBlobNotFound) || errors.Is(err, store.ErrCorrupt):
			out.Status = statusLost
			lost = append(lost, p.digest)
			d.log.Warn("a batch that is kept for another gateway is gone from the disk", "peer", from, "batch", p.digest, "error", err)
		default:
			out.Status = statusLater
		}
	}
	return d.hold(func(h *Holder) []Digest {
		for _, digest := range lost {
			if !d.config.Pins.Has(digest) { // it may have been fetched again
				h.Lost(digest)
			}
		}
		return nil
	})
}

// read answers a range: of an own batch to a gateway that it was offered to, of a pin to its owner.
func (d *Driver) read(ctx context.Context, from string, it item) (status, []byte) {
	digest := Digest(it.Digest)
	d.ownerMu.Lock()
	own := d.owner.Reads(from, digest)
	d.ownerMu.Unlock()
	d.holderMu.Lock()
	kept := d.holder.Reads(from, digest)
	d.holderMu.Unlock()
	for _, source := range []struct {
		may   bool
		blobs Blobs
	}{{own, d.config.Batches}, {kept, d.config.Pins}} {
		if !source.may || !source.blobs.Has(digest) {
			continue
		}
		if d.out.WaitN(ctx, int(it.Length)) != nil {
			return statusLater, nil
		}
		if part, err := source.blobs.Slice(digest, it.Offset, it.Length); err == nil {
			return statusOK, part
		}
	}
	return statusLost, nil
}
