package store

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

const valueSize = 400 // bytes: about an event with a small payload

// bareSync measures what one appended and synced write of size bytes costs on the same volume.
func bareSync(b *testing.B, dir string, size int) time.Duration {
	f, err := os.Create(filepath.Join(dir, "bare"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	const writes = 50
	block := make([]byte, size)
	start := time.Now()
	for range writes {
		if _, err := f.Write(block); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start) / writes
}

func BenchmarkCommit(b *testing.B) {
	for _, puts := range []int{1, 64, 1024} {
		b.Run(fmt.Sprintf("puts=%d", puts), func(b *testing.B) {
			dir := b.TempDir()
			s := open(b, filepath.Join(dir, "data"), Options{})
			value := make([]byte, valueSize)
			bare := bareSync(b, dir, puts*valueSize)
			step := s.Begin()
			key := make([]byte, 32)
			n := uint64(0)
			b.ReportAllocs()
			for b.Loop() {
				for range puts {
					n++
					binary.BigEndian.PutUint64(key, n*0x9e3779b97f4a7c15) // spread over the key space
					step.Put(key, value)
				}
				if err := step.Commit(); err != nil {
					b.Fatal(err)
				}
			}
			perCommit := b.Elapsed() / time.Duration(b.N)
			b.ReportMetric(float64(perCommit)/float64(bare), "x-bare-sync")
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "puts/s")
		})
	}
}

func BenchmarkGet(b *testing.B) {
	s := open(b, b.TempDir(), Options{})
	step := s.Begin()
	key := make([]byte, 8)
	const entries = 100_000
	for i := range uint64(entries) {
		binary.BigEndian.PutUint64(key, i)
		step.Put(key, make([]byte, 100))
	}
	if err := step.Commit(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := uint64(0); b.Loop(); i++ {
		binary.BigEndian.PutUint64(key, i*7919%entries)
		if value, err := step.Get(key); err != nil || value == nil {
			b.Fatal(value, err)
		}
	}
}
