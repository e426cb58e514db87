package node

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/ingest"
	"github.com/ledgerofthings/lot/node/store"
)

// openStore opens a real store on the disk of the temporary folder.
func openStore(b *testing.B) *store.Store {
	b.Helper()
	s, err := store.Open(b.TempDir(), store.Options{Logger: slog.New(slog.DiscardHandler)})
	must(b, err)
	b.Cleanup(func() { must(b, s.Close()) })
	return s
}

// loopSink hands readings to a loop as a gateway does.
type loopSink struct{ loop *loop }

// Submit implements ingest.Sink.
func (s loopSink) Submit(r reading.Verified, done func(ingest.Outcome)) {
	err := s.loop.send(context.Background(), engine.Reading{Reading: r}, func(reply engine.Reply) { done(outcomeOf(reply.Refusal)) })
	if err != nil {
		done(ingest.Outcome{Code: ingest.Stopping})
	}
}

// BenchmarkReadings takes signed readings of 50 devices from their bytes to the answer that they are on disk: parse, verify in
// batches, engine, batches closed and anchored, and the synced commits of a real store. Beside it, in the same run: the
// bare check of their signatures in batches of 64 on one core.
func BenchmarkReadings(b *testing.B) {
	const devices = 50
	list := make([]device, devices)
	for n := range list {
		list[n] = newDevice(byte(n))
	}
	l, _ := newTestLoop(b, openStore(b).Begin(), list[0])
	for _, d := range list[1:] {
		if reply, err := l.call(b.Context(), engine.AddDevice{Name: d.name, Key: d.key(), From: 1}); err != nil || reply.Refusal != nil {
			b.Fatal(reply, err)
		}
	}
	raws := make([][]byte, b.N)
	for n := range raws {
		raws[n] = list[n%devices].sign(b, uint64(n/devices+1))
	}
	pipeline := ingest.NewPipeline(loopSink{l}, ingest.PipelineOptions{})
	defer pipeline.Close()
	var answered sync.WaitGroup
	answered.Add(b.N)
	done := func(o ingest.Outcome) {
		if !o.Accepted {
			b.Errorf("%+v", o)
		}
		answered.Done()
	}
	b.ReportAllocs()
	b.ResetTimer()
	for _, raw := range raws {
		r, _ := ingest.Parse(raw)
		pipeline.Submit(b.Context(), r, done)
	}
	answered.Wait()
	rate := float64(b.N) / b.Elapsed().Seconds()
	b.StopTimer()
	b.ReportMetric(rate, "readings/s")
	b.ReportMetric(rate/bareVerification(b, raws[0]), "of-bare-verification")
}

// bareVerification returns how many readings a second one core checks in batches.
func bareVerification(b *testing.B, raw []byte) float64 {
	b.Helper()
	r, err := reading.Parse(raw)
	must(b, err)
	batch := make([]*reading.Reading, batchMost)
	for n := range batch {
		batch[n] = r
	}
	began, rounds := time.Now(), 0
	for ; time.Since(began) < 200*time.Millisecond; rounds++ {
		reading.VerifyBatch(batch, rand.Reader)
	}
	return float64(rounds*batchMost) / time.Since(began).Seconds()
}
