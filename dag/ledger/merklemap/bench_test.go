package merklemap

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"
)

// BenchmarkUpdate sets random keys of a large map in drafts of some updates each, as commits do, and reports how many bare
// hashes of an inner node's size one update costs in time.
func BenchmarkUpdate(b *testing.B) {
	for _, batch := range []int{1, 100} {
		b.Run(fmt.Sprint("hash-every-", batch), func(b *testing.B) {
			draft := filled(100_000).Draft()
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				draft = draft.Set(keyOf(i*7919%100_000), fmt.Appendf(nil, "%016d", i))
				if i++; i%batch == 0 {
					draft = draft.Map().Draft()
				}
			}
			perOp := b.Elapsed() / time.Duration(b.N)
			b.ReportMetric(float64(perOp)/float64(bareHash()), "hashes/op")
		})
	}
}

func bareHash() time.Duration {
	const rounds = 10_000
	var message [66]byte
	start := time.Now()
	for range rounds {
		hash := sha256.Sum256(message[:])
		copy(message[:], hash[:])
	}
	return max(1, time.Since(start)/rounds)
}

func BenchmarkGet(b *testing.B) {
	m := filled(100_000)
	i := 0
	for b.Loop() {
		m.Get(keyOf(i % 100_000))
		i++
	}
}

func BenchmarkProveAndVerify(b *testing.B) {
	m := filled(100_000)
	root, i := m.Root(), 0
	for b.Loop() {
		key := keyOf(i % 100_000)
		p := m.Prove(key)
		if err := p.Verify(root, key, []byte("0123456789abcdef")); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

// BenchmarkBuild loads a map of 100,000 entries.
func BenchmarkBuild(b *testing.B) {
	m := filled(100_000)
	for b.Loop() {
		if _, err := Build(m.All()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDiff compares a large map with the version after 100 changes.
func BenchmarkDiff(b *testing.B) {
	m := filled(100_000)
	draft := m.Draft()
	for i := range 100 {
		draft = draft.Set(keyOf(i*7919%100_000), []byte("changed"))
	}
	next := draft.Map()
	for b.Loop() {
		Diff(m, next, func(_, _ []byte) bool { return true })
	}
}
