package node

import (
	"context"

	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/engine"
)

// Devices implements api.Devices.
func (b *backend) Devices(ctx context.Context) ([]api.Device, error) {
	var views []api.Device
	err := b.loop.query(ctx, func(e *engine.Engine) {
		for _, d := range e.Devices() {
			views = append(views, deviceView(d))
		}
	})
	return views, fault(err)
}

// AddDevice implements api.Devices.
func (b *backend) AddDevice(ctx context.Context, d api.NewDevice) (api.Device, error) {
	if _, err := b.request(ctx, engine.AddDevice{Name: d.Name, Key: d.Key, From: d.FromSeq}); err != nil {
		return api.Device{}, err
	}
	var view api.Device
	ctx = context.WithoutCancel(ctx) // it is registered, so its name must be known
	err := b.loop.query(ctx, func(e *engine.Engine) {
		b.devices.index(e.Devices())
		if added, ok := e.Device(d.Key.String()); ok {
			view = deviceView(added)
		}
	})
	return view, fault(err)
}

// RemoveDevice implements api.Devices.
func (b *backend) RemoveDevice(ctx context.Context, device string) error {
	if _, err := b.request(ctx, engine.RemoveDevice{Device: device}); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	return fault(b.loop.query(ctx, func(e *engine.Engine) { b.devices.index(e.Devices()) }))
}

// AnchorNow implements api.Devices.
func (b *backend) AnchorNow(ctx context.Context) ([]api.Anchor, error) {
	number, count := uint64(0), 0
	err := b.loop.query(ctx, func(e *engine.Engine) {
		n, leaves := e.OpenReadings()
		number, count = n, len(leaves)
	})
	if err != nil {
		return nil, fault(err)
	}
	if _, err := b.request(ctx, engine.Flush{}); err != nil {
		return nil, err
	}
	if count == 0 {
		return nil, nil
	}
	var anchors []api.Anchor
	err = b.ask(ctx, func(e *engine.Engine) error {
		batch, err := e.Batch(number)
		if err == nil {
			anchors = append(anchors, anchorView(batch, b.options.Config.Batch.Topic))
		}
		return err
	})
	return anchors, fault(err)
}

// Anchors implements api.Devices.
func (b *backend) Anchors(ctx context.Context, limit int) ([]api.Anchor, error) {
	var anchors []api.Anchor
	err := b.ask(ctx, func(e *engine.Engine) error {
		batches, err := e.Batches(limit)
		for _, batch := range batches {
			anchors = append(anchors, anchorView(batch, b.options.Config.Batch.Topic))
		}
		return err
	})
	return anchors, fault(err)
}
