package driver

import (
	"context"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/light"
)

// ProveEvent returns the proof file of an event with a payload, of whomever. Errors are those of Find, or wrap engine.ErrNotYet.
func (d *Driver) ProveEvent(ctx context.Context, id dag.ID) (*proof.File, error) {
	info, err := d.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	if info.Proof == nil {
		return nil, fmt.Errorf("event %s: %w: it is not final within the newest proven checkpoint", id, engine.ErrNotYet)
	}
	return info.Proof, nil
}

// ProveReading returns the proof file of a reading of a device of this gateway. Errors are those of ProveEvent and of
// light.Machine.Place.
func (d *Driver) ProveReading(ctx context.Context, device dag.Key, seq uint64) (*proof.File, error) {
	var placed *light.Placed
	var failed error
	if err := d.Query(ctx, func(m *light.Machine) { placed, failed = m.Place(device, seq) }); err != nil {
		return nil, err
	}
	if failed != nil {
		return nil, failed
	}
	file, err := d.ProveEvent(ctx, placed.Batch.Event)
	if err != nil {
		return nil, err
	}
	return file.WithReading(placed.Reading, placed.Index, placed.Path)
}
