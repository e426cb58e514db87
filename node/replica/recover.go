package replica

import (
	"bytes"
	"context"
	"errors"
	"fmt"
)

// Recovery is what came of looking for the own batches at others.
type Recovery struct {
	Asked    int   // peers
	Answered int   // of these; the others may hold more
	Found    int   // batches that peers say they hold
	Fetched  int   // of these that were not here, and now are
	Bytes    int64 // of the fetched ones
	Failed   int   // that were not here, and could not be fetched
}

// Recover asks peers which batches of this gateway they hold, takes care of these again, and fetches back those whose own copy
// is not here: for a gateway that begins anew on another box, with the same keys. Wanted says which to take; nil takes all
// that they name, and only opening them can then tell which were ever this gateway's. The error joins what went wrong, peer
// by peer; the Recovery counts what went well.
func (d *Driver) Recover(ctx context.Context, peers []string, wanted func(Digest) bool) (Recovery, error) {
	var r Recovery
	var faults []error
	for _, peer := range peers {
		if ctx.Err() != nil {
			return r, errors.Join(append(faults, ctx.Err())...)
		}
		if peer == d.config.Self {
			continue
		}
		r.Asked++
		err := d.recoverFrom(ctx, peer, wanted, &r)
		if err == nil {
			r.Answered++
			continue
		}
		faults = append(faults, fmt.Errorf("ask %s for batches: %w", peer, err))
	}
	d.ring()
	return r, errors.Join(faults...)
}

// recoverFrom walks the pages of one peer's list. It ends, whatever the peer answers, because digests have to rise and their
// number is bounded.
func (d *Driver) recoverFrom(ctx context.Context, peer string, wanted func(Digest) bool, r *Recovery) error {
	var after Digest
	for listed := 0; listed < maxBatches; {
		a, err := d.exchange(ctx, peer, &request{Verb: verbList, Items: []item{{Digest: after[:]}}})
		if err != nil {
			return err
		}
		if len(a.Items) == 0 {
			return nil
		}
		for _, o := range a.Items {
			if bytes.Compare(o.Proof, after[:]) <= 0 {
				return fmt.Errorf("%w: a list that does not rise", errMessage)
			}
			after = Digest(o.Proof)
			listed++
			if wanted != nil && !wanted(after) {
				continue
			}
			if err := d.adopt(ctx, peer, after, o.Size, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// adopt takes care of one batch that a peer holds.
func (d *Driver) adopt(ctx context.Context, peer string, digest Digest, size int64, r *Recovery) error {
	r.Found++
	if !d.config.Batches.Has(digest) {
		if err := d.pull(ctx, peer, digest, size, d.config.Batches); err != nil {
			r.Failed++
			d.log.Warn("a batch that another gateway names cannot be fetched back", "peer", peer, "batch", digest, "error", err)
			return ctx.Err()
		}
		r.Fetched++
		r.Bytes += size
	}
	var refused error
	err := d.own(func(o *Owner) {
		refused = o.Adopt(now(), peer, digest, size)
		o.Regained(digest)
	})
	return errors.Join(err, refused)
}
