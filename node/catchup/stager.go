package catchup

import (
	"context"

	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/dag/snapshot"
	"github.com/ledgerofthings/lot/node/engine"
)

// Stager keeps what a fetch has verified, and puts the whole in place. The functions of the same names in package engine do the work;
// an implementation runs them between two steps of the engine. What a method has done when it returns without error is on disk, all
// of it or nothing. It is called from one goroutine at a time.
type Stager interface {
	// Staged returns the chunks of the state after a seal that are kept.
	Staged(ctx context.Context, seal proof.Hash) (map[engine.Chunk]bool, error)
	// Stage keeps a chunk. Chunks of other seals were removed by Unstage before.
	Stage(ctx context.Context, seal proof.Hash, chunk engine.Chunk, entries []snapshot.Entry) error
	// Unstage removes some of what is kept, and reports whether all of it is gone.
	Unstage(ctx context.Context) (done bool, err error)
	// Install begins anew with the state, of which all chunks are kept. The error wraps engine.ErrIncomplete if they are not it.
	Install(ctx context.Context, seal *proof.Seal, committee proof.Committee, chain proof.Chain) error
}
