package node

import (
	"context"
	"errors"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/catchup"
	"github.com/ledgerofthings/lot/node/engine"
)

// ReadingProof implements api.Prover. An encrypted batch that is not on this disk is fetched from the peers.
func (b *backend) ReadingProof(ctx context.Context, device dag.Key, seq uint64) ([]byte, error) {
	build := func(e *engine.Engine) (*proof.File, error) { return e.ProveReading(device, seq) }
	file, err := b.prove(ctx, build)
	var missing *engine.MissingBatch
	if errors.As(err, &missing) && b.fetchBatch(ctx, missing.Digest) == nil {
		file, err = b.prove(ctx, build)
	}
	return file, fault(err)
}

// EventProof implements api.Prover.
func (b *backend) EventProof(ctx context.Context, id dag.ID) ([]byte, error) {
	file, err := b.prove(ctx, func(e *engine.Engine) (*proof.File, error) { return e.ProveEvent(id) })
	return file, fault(err)
}

func (b *backend) prove(ctx context.Context, build func(*engine.Engine) (*proof.File, error)) ([]byte, error) {
	var file *proof.File
	var failed error
	if err := b.loop.query(ctx, func(e *engine.Engine) { file, failed = build(e) }); err != nil {
		return nil, err
	}
	if failed != nil {
		return nil, failed
	}
	return file.Encode()
}

// Checkpoint implements api.Prover.
func (b *backend) Checkpoint(ctx context.Context) ([]byte, error) {
	var note []byte
	err := b.loop.query(ctx, func(e *engine.Engine) { note = e.CheckpointNote() })
	if err == nil && note == nil {
		err = &api.Fault{Kind: api.NotYet, Why: "no checkpoint has been signed by a quorum yet", Hint: "one is signed once the first event with a payload is final"}
	}
	return note, fault(err)
}

var _ api.Certifier = (*backend)(nil)

// CheckpointFile implements api.Certifier.
func (b *backend) CheckpointFile(ctx context.Context) ([]byte, error) {
	var chain proof.Chain
	var note []byte
	start := b.start()
	err := b.ask(ctx, func(e *engine.Engine) (err error) {
		note = e.CheckpointNote()
		if e.ChainFromGenesis() {
			start.Pin = proof.Pin{} // who knows the genesis alone can follow it too
		}
		chain, err = e.CertificatesSince(start.Pin.Epoch)
		if errors.Is(err, engine.ErrNotFound) { // the pin is long past: what is known since is enough
			chain, err = e.Certificates()
		}
		return err
	})
	if err != nil {
		return nil, fault(err)
	}
	file, err := catchup.NewFile(start, chain, note)
	if errors.Is(err, catchup.ErrNothingSigned) {
		return nil, &api.Fault{Kind: api.NotYet, Why: err.Error(), Hint: "one is signed once the first event with a payload is final"}
	}
	if err != nil {
		return nil, err
	}
	return file.Encode()
}
