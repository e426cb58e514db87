package record

import (
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/engine"
)

// BenchmarkStep steps readings into a recorded engine, a committee of one: the cheapest steps that a gateway takes often, so
// what recording costs shows most. Beside the time of a step it reports what the recorder adds to it, as a multiple of the
// same step unrecorded and of the bare signature check without which no reading comes so far, and the record's size.
func BenchmarkStep(b *testing.B) {
	inputs, w := readings(b, b.N)
	plain := w.alone(nil)
	began := time.Now()
	for _, in := range inputs {
		plain(in)
	}
	unrecorded := time.Since(began)
	out := &counter{}
	recorded := w.alone(out)
	b.ResetTimer()
	for _, in := range inputs {
		recorded(in)
	}
	b.StopTimer()
	began = time.Now()
	for _, in := range inputs[:min(len(inputs), 1000)] {
		_, _ = reading.Verify(in.Reading.Reading())
	}
	bare := time.Since(began) / time.Duration(min(len(inputs), 1000)) * time.Duration(b.N)
	added := float64(b.Elapsed() - unrecorded)
	b.ReportMetric(added/float64(unrecorded), "added-x-step")
	b.ReportMetric(added/float64(bare), "added-x-sigcheck")
	b.ReportMetric(float64(out.bytes)/float64(b.N), "B/step")
}

type counter struct{ bytes int }

// Write implements io.Writer.
func (c *counter) Write(b []byte) (int, error) { c.bytes += len(b); return len(b), nil }

// readings makes inputs of one device.
func readings(b *testing.B, n int) ([]engine.Reading, *world) {
	w := newWorld(b, 1)
	m := w.nodes[0]
	out := make([]engine.Reading, n)
	for i := range out {
		raw, err := reading.Sign(m.device, reading.Message{Time: w.now, Seq: uint64(i + 1), Sensor: "temperature", Value: float64(i), Unit: "Cel"})
		w.must(err)
		r, err := reading.Parse(raw)
		w.must(err)
		v, err := reading.Verify(r)
		w.must(err)
		out[i] = engine.Reading{Ticket: 1, Reading: v}
	}
	return out, w
}

// alone returns what steps a fresh engine, recorded if there is a writer.
func (w *world) alone(record io.Writer) func(engine.Reading) {
	fresh := newWorld(w.t, 1)
	m := fresh.nodes[0]
	config := engine.Config{Network: fresh.network, Self: m.self, Policy: engine.DefaultPolicy}
	if record == nil {
		config.Self.Random = rand.New(m.source)
		e, err := engine.New(config, m.disk, w.now)
		w.must(err)
		m.step = e.Step
	} else {
		r, err := New(record, Options{Limit: 1 << 40}, config, m.source, m.disk, w.now)
		w.must(err)
		m.step = r.Step
	}
	var out engine.Effects
	now := w.now
	do := func(in engine.Input) {
		now++
		w.must(m.step(now, in, &out))
		out.Reset()
		w.must(m.disk.Commit())
	}
	do(engine.AddDevice{Name: "sensor", Key: dag.NewSigner(seedOf('d', 0)).Key()})
	return func(in engine.Reading) { do(in) }
}
