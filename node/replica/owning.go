package replica

import (
	"bytes"
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ledgerofthings/lot/node/store"
)

const (
	askingAtOnce = 8
	askTimeout   = time.Minute
	regainPause  = time.Minute // after a batch could not be fetched back
)

// askHolders makes the requests that the owner wants made.
func (d *Driver) askHolders(ctx context.Context) error {
	asking, ctx := errgroup.WithContext(ctx)
	asking.SetLimit(askingAtOnce)
	for {
		var work Work
		var found bool
		var due uint64
		err := d.own(func(o *Owner) {
			if work, found = o.Next(now()); !found {
				due = o.Due(now())
			}
		})
		switch {
		case err != nil:
			return errors.Join(err, asking.Wait())
		case found:
			asking.Go(func() error { return d.work(ctx, work) })
		case !d.owning.wait(ctx, due):
			return asking.Wait()
		}
	}
}

// work makes one request and tells the owner what came of it.
func (d *Driver) work(ctx context.Context, w Work) error {
	outcomes, err := d.askFor(ctx, w)
	if err != nil && ctx.Err() == nil {
		d.log.Debug("a gateway does not answer about replicas", "peer", w.Peer, "error", err)
	}
	defer d.owning.ring()
	defer d.regaining.ring()
	return d.own(func(o *Owner) { o.Done(now(), w, outcomes, err) })
}

func (d *Driver) askFor(ctx context.Context, w Work) ([]status, error) {
	r := request{Verb: w.verb, Items: make([]item, len(w.Items))}
	if w.verb == verbCheck {
		r.Nonce = w.Nonce[:]
	}
	for i, it := range w.Items {
		r.Items[i] = item{Digest: it.Digest[:], Offset: it.Offset, Length: it.Length}
		if w.verb == verbHold {
			r.Items[i].Size = it.Size
		}
	}
	a, err := d.exchange(ctx, w.Peer, &r)
	if err != nil {
		return nil, err
	}
	outcomes := make([]status, len(a.Items))
	for i, o := range a.Items {
		outcomes[i] = o.Status
		if w.verb == verbCheck && o.Status == statusOK {
			outcomes[i] = d.judge(w.Nonce[:], w.Items[i], o.Proof)
		}
		if w.verb == verbCheck && o.Status == statusLost && !d.config.Batches.Has(w.Items[i].Digest) {
			outcomes[i] = statusBlind // which is why it could not be fetched
		}
	}
	return outcomes, nil
}

// exchange sends a request and reads the answer.
func (d *Driver) exchange(ctx context.Context, peer string, r *request) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	b, err := encode(r)
	if err != nil {
		return nil, err
	}
	b, err = d.config.Ask(ctx, peer, b, maxAnswer)
	if err != nil {
		return nil, err
	}
	return decodeAnswer(b, r.Verb, len(r.Items))
}

// judge compares a proof with the own copy.
func (d *Driver) judge(nonce []byte, it Item, proof []byte) status {
	part, err := d.config.Batches.Verify(it.Digest, it.Offset, it.Length)
	switch {
	case errors.Is(err, store.ErrBlobNotFound) || errors.Is(err, store.ErrCorrupt):
		d.log.Warn("the own copy of a batch is gone; it is fetched back from a gateway that keeps it", "batch", it.Digest, "error", err)
		return statusBlind
	case err != nil:
		return statusLater
	case !bytes.Equal(prove(nonce, part), proof):
		return statusWrong
	}
	return statusOK
}

// regain fetches back batches whose own copy is gone.
func (d *Driver) regain(ctx context.Context) error {
	for {
		var missing Missing
		var found bool
		if err := d.own(func(o *Owner) { missing, found = o.Missing() }); err != nil {
			return err
		}
		if !found {
			if !d.regaining.wait(ctx, now()+ms(time.Hour)) {
				return nil
			}
			continue
		}
		err := d.fetchBack(ctx, missing)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the gateway stops
		}
		if stored := d.own(func(o *Owner) {
			if err == nil {
				o.Regained(missing.Digest)
			} else {
				o.Unfound(missing.Digest)
			}
		}); stored != nil {
			return stored
		}
		d.owning.ring()
		if err != nil {
			d.log.Warn("a batch that was lost here cannot be fetched back yet", "batch", missing.Digest, "error", err)
			pause(ctx, regainPause)
		}
	}
}

// fetchBack tries the holders of a batch in turn.
func (d *Driver) fetchBack(ctx context.Context, m Missing) (err error) {
	for _, peer := range m.From {
		if err = d.pull(ctx, peer, m.Digest, m.Size, d.config.Batches); err == nil {
			return nil
		}
	}
	return err
}
