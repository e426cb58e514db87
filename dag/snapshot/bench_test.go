package snapshot

import (
	"crypto/sha256"
	"slices"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/dag/ledger"
)

const benchAccounts = 1_000_000

// reportPerByte reports how fast chunks were gone through, and how long a bare SHA-256 over the same bytes takes as a
// share of it.
func reportPerByte(b *testing.B, sum int, sample []byte) {
	b.Helper()
	perByte := float64(b.Elapsed()) / float64(sum)
	const rounds = 20
	start := time.Now()
	for range rounds {
		sha256.Sum256(sample)
	}
	bare := float64(time.Since(start)) / float64(rounds*len(sample))
	b.ReportMetric(1e3/perByte, "MB/s")
	b.ReportMetric(perByte/bare, "hashes/byte")
}

// BenchmarkChunks cuts, opens and assembles a state of a million accounts.
func BenchmarkChunks(b *testing.B) {
	s := stateOf(b, benchAccounts)
	bits := Bits(s)
	chunks := cutAll(b, s, bits)
	b.Run("cut", func(b *testing.B) { benchCut(b, s, bits, chunks) })
	b.Run("open", func(b *testing.B) { benchOpen(b, s.Root(), chunks) })
	b.Run("assemble", func(b *testing.B) {
		for b.Loop() {
			if _, err := Assemble(s.Root(), slices.Values(chunks)); err != nil {
				b.Fatal(err)
			}
		}
		reportPerByte(b, b.N*s.Size(), chunks[0].Bytes)
	})
}

func benchCut(b *testing.B, s *ledger.State, bits int, chunks []Chunk) {
	b.ReportAllocs()
	i, sum := 0, 0
	for b.Loop() {
		chunk, err := Cut(s, bits, i%len(chunks))
		if err != nil {
			b.Fatal(err)
		}
		i, sum = i+1, sum+len(chunk)
	}
	reportPerByte(b, sum, chunks[0].Bytes)
}

func benchOpen(b *testing.B, root [32]byte, chunks []Chunk) {
	b.ReportAllocs()
	i, sum := 0, 0
	for b.Loop() {
		c := chunks[i%len(chunks)]
		if _, err := Open(root, c.Bits, c.Part, c.Bytes); err != nil {
			b.Fatal(err)
		}
		i, sum = i+1, sum+len(c.Bytes)
	}
	reportPerByte(b, sum, chunks[0].Bytes)
}
