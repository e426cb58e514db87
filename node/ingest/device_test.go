package ingest

import (
	"bytes"
	"sync"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/firmware/reading"
)

// device is a simulated device.
type device struct{ signer *dag.MemorySigner }

func newDevice(n byte) device { return device{dag.NewSigner([32]byte{n, 1})} }

func (d device) key() dag.Key { return d.signer.Key() }
func (d device) did() string  { return d.signer.Key().String() }

// sign returns the device's reading of that number.
func (d device) sign(t testing.TB, seq uint64) []byte {
	t.Helper()
	raw, err := reading.Sign(d.signer, reading.Message{Time: 1_790_000_000_000 + seq, Seq: seq, Sensor: "temperature", Value: 21.5, Unit: "Cel"})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// forged is a reading that somebody changed on its way.
func (d device) forged(t testing.TB, seq uint64) []byte {
	return bytes.Replace(d.sign(t, seq), []byte("21.5"), []byte("99.5"), 1)
}

func (d device) parsed(t testing.TB, raw []byte) *reading.Reading {
	t.Helper()
	r, why := Parse(raw)
	if why.Code != "" {
		t.Fatal(why)
	}
	return r
}

// directory knows devices by name.
type directory map[string]dag.Key

// Key implements Directory.
func (d directory) Key(name string) (dag.Key, bool) { key, ok := d[name]; return key, ok }

// Name implements Directory.
func (d directory) Name(key dag.Key) string {
	for name, k := range d {
		if k == key {
			return name
		}
	}
	return ""
}

// fakeSink stores readings in memory as the node does: rising numbers. With held set it answers
// only when released.
type fakeSink struct {
	mu     sync.Mutex
	last   map[dag.Key]uint64
	order  map[dag.Key][]uint64
	answer *Outcome // instead of storing

	held     bool
	waiting  []func()
	received chan uint64 // the number of each reading that was submitted
}

func newSink() *fakeSink {
	return &fakeSink{
		last: map[dag.Key]uint64{}, order: map[dag.Key][]uint64{},
		received: make(chan uint64, 100_000),
	}
}

// Submit implements Sink.
func (s *fakeSink) Submit(v reading.Verified, done func(Outcome)) {
	s.mu.Lock()
	outcome := s.store(v.Reading())
	s.received <- v.Reading().Seq()
	held := s.held
	if held {
		s.waiting = append(s.waiting, func() { done(outcome) })
	}
	s.mu.Unlock()
	if !held {
		done(outcome)
	}
}

func (s *fakeSink) store(r *reading.Reading) Outcome {
	device := r.Device()
	switch {
	case s.answer != nil:
		return *s.answer
	case r.Seq() <= s.last[device]:
		return refused(Replayed, "its number was used")
	}
	s.last[device] = r.Seq()
	s.order[device] = append(s.order[device], r.Seq())
	return Outcome{Accepted: true, Code: Stored}
}

func (s *fakeSink) hold() { s.mu.Lock(); s.held = true; s.mu.Unlock() }

func (s *fakeSink) release() {
	s.mu.Lock()
	waiting := s.waiting
	s.held, s.waiting = false, nil
	s.mu.Unlock()
	for _, answer := range waiting {
		answer()
	}
}

func (s *fakeSink) always(o *Outcome) { s.mu.Lock(); s.answer = o; s.mu.Unlock() }

func newTestPipeline(t testing.TB, sink Sink, options PipelineOptions) *Pipeline {
	p := NewPipeline(sink, options)
	t.Cleanup(func() { _ = p.Close() }) // a test may have closed it
	return p
}
