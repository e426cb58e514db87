package catchup

import (
	"crypto/sha256"
	"log/slog"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/dag/snapshot"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/store"
)

// BenchmarkFetch fetches a state of some megabytes from three peers in the same process into memory: everything but the connections
// and the disk.
func BenchmarkFetch(b *testing.B) {
	l := newLedger(b, shape{epochs: 1, accounts: 100_000})
	w := newTown()
	for _, name := range []string{"a", "b", "c"} {
		w.add(b, name, l, 1)
	}
	var sum int64
	for b.Loop() {
		r, err := Fetch(b.Context(), newDisk(l).options(l, w))
		must(b, err)
		sum += r.Last.Bytes
	}
	reportPerByte(b, sum)
}

// BenchmarkVerifyAndStage verifies chunks and puts them on a real disk, synced one by one.
func BenchmarkVerifyAndStage(b *testing.B) {
	l := newLedger(b, shape{epochs: 1, accounts: 100_000})
	snap := l.end(1)
	bits := snapshot.Bits(snap.State)
	var chunks [][]byte
	for part := range 1 << bits {
		chunk, err := snapshot.Cut(snap.State, bits, part)
		must(b, err)
		chunks = append(chunks, chunk)
	}
	folder, err := store.Open(b.TempDir(), store.Options{Logger: slog.New(slog.DiscardHandler)})
	must(b, err)
	defer func() { must(b, folder.Close()) }()
	s := folder.Begin()
	var sum int64
	part := 0
	for b.Loop() {
		entries, err := snapshot.Open(snap.State.Root(), bits, part, chunks[part])
		must(b, err)
		must(b, engine.Stage(s, snap.Seal.Leaf.Hash(), engine.Chunk{Bits: bits, Part: part}, entries))
		must(b, s.Commit())
		sum += int64(len(chunks[part]))
		part = (part + 1) % len(chunks)
	}
	reportPerByte(b, sum)
}

// reportPerByte reports how fast it went, and how often SHA-256 alone would go over the bytes in the same time.
func reportPerByte(b *testing.B, sum int64) {
	b.Helper()
	perByte := float64(b.Elapsed()) / float64(sum)
	sample := make([]byte, 512<<10)
	const rounds = 20
	began := time.Now()
	for range rounds {
		sha256.Sum256(sample)
	}
	bare := float64(time.Since(began)) / float64(rounds*len(sample))
	b.ReportMetric(1e3/perByte, "MB/s")
	b.ReportMetric(perByte/bare, "hashes/byte")
}
