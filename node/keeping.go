package node

import (
	"context"

	"github.com/ledgerofthings/lot/dag"
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

// readingBatches bounds how many batches one request for readings opens.
const readingBatches = 64

// Readings implements api.Devices.
func (b *backend) Readings(ctx context.Context, device string, limit int) ([]api.Reading, error) {
	var list []api.Reading
	var failed error
	err := b.loop.query(ctx, func(e *engine.Engine) { list, failed = newestReadings(e, device, limit) })
	if err == nil {
		err = failed
	}
	return list, fault(err)
}

func newestReadings(e *engine.Engine, device string, limit int) ([]api.Reading, error) {
	var key dag.Key
	if device != "" {
		var ok bool
		if key, ok = e.DeviceKey(device); !ok {
			return nil, &api.Fault{Kind: api.NotFound, Why: "no device " + device + " is or was registered here", Hint: "`lot device list` shows them"}
		}
	}
	_, open := e.OpenReadings()
	list := newest(nil, open, key, limit, func(*api.Reading) {})
	batches, err := e.Batches(readingBatches)
	if err != nil {
		return nil, err
	}
	for _, b := range batches {
		if len(list) >= limit {
			break
		}
		leaves, err := e.BatchReadings(b)
		if err != nil {
			return nil, err
		}
		list = newest(list, leaves, key, limit, func(r *api.Reading) { followBatch(r, b) })
	}
	nameDevices(e, list)
	return list, nil
}

// newest appends the readings of a batch to list, the newest first, up to limit.
func newest(list []api.Reading, leaves [][]byte, device dag.Key, limit int, complete func(*api.Reading)) []api.Reading {
	for n := len(leaves) - 1; n >= 0 && len(list) < limit; n-- {
		view, ok := readingView(leaves[n])
		if !ok || (!device.IsZero() && view.Device != device) {
			continue
		}
		complete(&view)
		list = append(list, view)
	}
	return list
}

// followBatch gives a reading the state of its batch.
func followBatch(r *api.Reading, b *engine.Batch) {
	r.Received = b.Closed
	if len(b.Event) == len(dag.ID{}) {
		r.State, r.Anchor = api.ReadingAnchored, dag.ID(b.Event)
	}
	if stateOf(b.Status) == api.StateOrdered {
		r.State = api.ReadingFinal
	}
}

func nameDevices(e *engine.Engine, list []api.Reading) {
	for i := range list {
		if d, ok := e.Device(list[i].Device.String()); ok {
			list[i].Name = d.Name
		}
	}
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
	var failed error
	err = b.loop.query(ctx, func(e *engine.Engine) {
		batch, err := e.Batch(number)
		if failed = err; err == nil {
			anchors = append(anchors, anchorView(batch, b.options.Config.Batch.Topic))
		}
	})
	if err == nil {
		err = failed
	}
	return anchors, fault(err)
}

// Anchors implements api.Devices.
func (b *backend) Anchors(ctx context.Context, limit int) ([]api.Anchor, error) {
	var anchors []api.Anchor
	var failed error
	err := b.loop.query(ctx, func(e *engine.Engine) {
		batches, err := e.Batches(limit)
		failed = err
		for _, batch := range batches {
			anchors = append(anchors, anchorView(batch, b.options.Config.Batch.Topic))
		}
	})
	if err == nil {
		err = failed
	}
	return anchors, fault(err)
}
