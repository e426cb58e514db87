package node

import (
	"context"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/engine"
)

// readingBatches bounds how many batches one request for readings opens.
const readingBatches = 64

// listing is a request for the newest readings on its way. The engine is asked for a batch's record at a time, and the blobs
// are read, decrypted and parsed beside it: consensus must not wait for somebody who looks at old readings.
type listing struct {
	device dag.Key // whose readings are asked for; zero for all
	limit  int
	list   []api.Reading

	cipher engine.Cipher
	open   [][]byte // the readings of the open batch
	closed []uint64 // the batches to look into, newest first
}

// Readings implements api.Devices.
func (b *backend) Readings(ctx context.Context, device string, limit int) ([]api.Reading, error) {
	l := &listing{limit: limit}
	if err := b.ask(ctx, func(e *engine.Engine) error { return l.begin(e, device) }); err != nil {
		return nil, fault(err)
	}
	l.take(l.open, func(*api.Reading) {})
	for _, number := range l.closed {
		if len(l.list) >= limit {
			break
		}
		if err := b.listBatch(ctx, l, number); err != nil {
			return nil, fault(err)
		}
	}
	err := b.loop.query(ctx, func(e *engine.Engine) { nameDevices(e, l.list) })
	return l.list, fault(err)
}

// begin notes what there is to look into.
func (l *listing) begin(e *engine.Engine, device string) (err error) {
	if device != "" {
		var ok bool
		if l.device, ok = e.DeviceKey(device); !ok {
			return &api.Fault{Kind: api.NotFound, Why: "no device " + device + " is or was registered here", Hint: "`lot device list` shows them"}
		}
	}
	l.cipher = e.Cipher()
	_, l.open = e.OpenReadings()
	l.closed, err = e.BatchNumbers(l.device, readingBatches)
	return err
}

// listBatch lists the readings of a closed batch.
func (b *backend) listBatch(ctx context.Context, l *listing, number uint64) error {
	var batch *engine.Batch
	err := b.ask(ctx, func(e *engine.Engine) (err error) { batch, err = e.Batch(number); return err })
	if err != nil {
		return err
	}
	blob, err := b.store.Begin().GetBlob([32]byte(batch.Blob))
	if err != nil {
		return err
	}
	if blob == nil {
		return &engine.MissingBatch{Number: number, Digest: [32]byte(batch.Blob)}
	}
	leaves, err := l.cipher.Open(batch, blob)
	if err != nil {
		return err
	}
	l.take(leaves, func(r *api.Reading) { followBatch(r, batch) })
	return nil
}

// take lists the readings of a batch, the newest first, up to the limit.
func (l *listing) take(leaves [][]byte, complete func(*api.Reading)) {
	for n := len(leaves) - 1; n >= 0 && len(l.list) < l.limit; n-- {
		view, ok := readingView(leaves[n])
		if !ok || (!l.device.IsZero() && view.Device != l.device) {
			continue
		}
		complete(&view)
		l.list = append(l.list, view)
	}
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
