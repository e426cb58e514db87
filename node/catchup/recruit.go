package catchup

import (
	"context"
	"errors"
)

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
	if errors.Is(h.err, ErrLie) {
		d.catch(h.peer, h.err)
	}
	if h.err != nil {
		return nil //nolint:nilerr // that it has no head is no error of the download
	}
	if h.id == d.target.id {
		d.sources.add(h.peer)
		d.report()
	}
	return d.history.take(h.peer, h.chain)
}
