package car

import (
	"crypto/sha256"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/dag"
)

// BenchmarkArchive writes and reads an archive of small events and reports how long that takes in units of a bare SHA-256
// over each block, without which no reader can know what it has.
func BenchmarkArchive(b *testing.B) {
	events := tangle(b, 2000, newest)
	roots, whole := heads(events), archive(b, events)
	b.Run("write", func(b *testing.B) {
		b.SetBytes(int64(len(whole)))
		for b.Loop() {
			if err := Write(io.Discard, roots, slices.Values(events)); err != nil {
				b.Fatal(err)
			}
		}
		reportHashes(b, events)
	})
	b.Run("read", func(b *testing.B) {
		b.SetBytes(int64(len(whole)))
		for b.Loop() {
			if _, err := read(whole); err != nil {
				b.Fatal(err)
			}
		}
		reportHashes(b, events)
	})
}

func reportHashes(b *testing.B, events []*dag.Event) {
	b.Helper()
	start := time.Now()
	for _, e := range events {
		sha256.Sum256(e.Block())
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(time.Since(start)), "hashes/block")
}
