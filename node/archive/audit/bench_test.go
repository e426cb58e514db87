package audit

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/dag"
)

// BenchmarkCheck reads a folder of 10,000 events with payloads, receipts and hashes. The limit is checking their signatures alone.
func BenchmarkCheck(b *testing.B) {
	f := newFolder(b)
	for range 100 {
		f.commitOf(100, "test", []byte("x"))
	}
	f.signed()
	if err := f.step.Commit(); err != nil {
		b.Fatal(err)
	}
	var events []*dag.Event
	for key, block := range f.entries() {
		if key[0] == 'e' {
			e, err := dag.Decode(block)
			if err != nil {
				b.Fatal(err)
			}
			events = append(events, e)
		}
	}
	begun := time.Now()
	for n := 0; n < len(events); n += verifyAtOnce {
		if _, err := dag.VerifyBatch(events[n:min(n+verifyAtOnce, len(events))], rand.Reader); err != nil {
			b.Fatal(err)
		}
	}
	bare := time.Since(begun)
	b.ReportAllocs()
	for b.Loop() {
		if r := f.check(); !r.Sound() {
			b.Fatal(kinds(r))
		}
	}
	each := b.Elapsed() / time.Duration(b.N)
	b.ReportMetric(float64(each)/float64(bare), "x-bare-signatures")
	b.ReportMetric(float64(len(events))/each.Seconds(), "events/s")
}
