package node

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/ingest"
)

// intake is where readings come in: the broker and the HTTP handler over one pipeline, whose sink is the engine.
type intake struct {
	n        *Node
	pipeline *ingest.Pipeline
	broker   *ingest.Broker // nil if none is configured

	mu    sync.RWMutex
	names map[string]dag.Key // of the registered devices
	keys  map[dag.Key]string
}

// openDevices starts the pipeline and binds the broker's address.
func (n *Node) openDevices() error {
	d := &intake{n: n}
	d.index(n.loop.engine.Devices())
	d.pipeline = ingest.NewPipeline(d, ingest.PipelineOptions{Observe: d.observe})
	n.devices = d
	c := n.options.Config.MQTT
	if c.Listen == "" {
		return nil
	}
	var err error
	d.broker, err = ingest.Listen(d.pipeline, ingest.BrokerOptions{
		Address: c.Listen, Directory: d, Token: string(n.options.Token), Clients: c.MaxClients, Logger: n.log,
	})
	return err
}

// handler takes readings over HTTP.
func (d *intake) handler() http.Handler {
	return ingest.Handler(d.pipeline, d.notify)
}

// index keeps the names of the registered devices for goroutines other than the engine's.
func (d *intake) index(devices []engine.Device) {
	names, keys := map[string]dag.Key{}, map[dag.Key]string{}
	for _, device := range devices {
		names[device.Name], keys[device.Key] = device.Key, device.Name
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.names, d.keys = names, keys
}

// Key implements ingest.Directory.
func (d *intake) Key(name string) (dag.Key, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	key, ok := d.names[name]
	return key, ok
}

// Name implements ingest.Directory.
func (d *intake) Name(key dag.Key) string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.keys[key]
}

// observe counts what became of a reading, and logs forged ones.
func (d *intake) observe(o ingest.Outcome) {
	if o.Accepted {
		return
	}
	d.n.metrics.ReadingRefused(string(o.Code))
	if o.Code == ingest.Signature {
		d.n.complaints.note("a reading is refused: "+o.Detail, "a device",
			"if it is one of yours, check that it signs with the key that it was registered with; else somebody forges readings")
	}
}

// Submit implements ingest.Sink.
func (d *intake) Submit(r reading.Verified, done func(ingest.Outcome)) {
	began := time.Now()
	err := d.n.loop.send(context.Background(), engine.Reading{Reading: r, At: now()}, func(reply engine.Reply) {
		d.n.metrics.AckTook(time.Since(began))
		done(outcomeOf(reply.Refusal))
	})
	if err != nil {
		done(ingest.Outcome{Code: ingest.Stopping, Detail: "the gateway is shutting down; send the reading again"})
	}
}

// outcomeOf turns the engine's answer into the pipeline's. Both use the same words as codes.
func outcomeOf(refusal *engine.Refusal) ingest.Outcome {
	if refusal == nil {
		return ingest.Outcome{Accepted: true, Code: ingest.Stored}
	}
	return ingest.Outcome{Code: ingest.Code(refusal.Code), Detail: refusal.Detail}
}

// notify publishes a notice on the device's topic, if there is a broker.
func (d *intake) notify(device dag.Key, notice ingest.Notice) {
	if d.broker != nil {
		d.broker.Notify(device, notice)
	}
}

// final tells a device that its readings of a batch are final.
func (d *intake) final(r engine.DeviceRange, anchor dag.ID, receipt ledger.Receipt) {
	notice := ingest.Notice{Seq: r.Last, From: r.First, Status: ingest.StatusFinal, Anchor: anchor.String()}
	if receipt.Status != ledger.StatusApplied {
		notice.Status, notice.Reason = ingest.StatusRefused, "the anchor had no effect: "+receipt.Reason
	}
	d.notify(r.Device, notice)
}

// close ends the faces first and then the pipeline, so that nothing more comes in.
func (d *intake) close() {
	if d.broker != nil {
		if err := d.broker.Close(); err != nil {
			d.n.log.Warn("closing the MQTT broker", "error", err)
		}
	}
	_ = d.pipeline.Close() // it was closed before at worst
}
