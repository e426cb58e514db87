package node

import (
	"context"
	"time"

	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/joining"
)

// How long a restored gateway waits before it looks again at what the ledger tells of its invitations: doubled every time from the least
// to the most.
const (
	reconcileLeast = time.Second
	reconcileMost  = 10 * time.Minute
)

// reconcileInvitations notes which invitations were used after the backup that this gateway was restored from, until ctx ends: the
// ledger tells of a use once it is in order, which may be later than this gateway knows its own chain again. A gateway that was not
// restored has nothing to do.
func (n *Node) reconcileInvitations(ctx context.Context) {
	if !n.restored {
		return
	}
	for pause := reconcileLeast; ; pause = min(2*pause, reconcileMost) {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
		var state *ledger.State
		if n.loop.query(ctx, func(e *engine.Engine) { state = e.State() }) != nil {
			return // the loop has ended
		}
		if _, err := joining.Reconcile(n.invitations, state, now()); err != nil {
			n.log.Error("which invitations were used since the backup could not be noted", "error", err, "again in", 2*pause)
		}
	}
}
