package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/node/store"
)

// BenchmarkBackup writes a backup of 64 MiB of entries. The limit is hashing as many bytes once; they are hashed twice, and
// encrypted.
func BenchmarkBackup(b *testing.B) {
	const entries, size = 16 << 10, 4 << 10
	s := openStore(b, b.TempDir(), store.Options{})
	step, value := s.Begin(), make([]byte, size)
	for n := range uint64(entries) {
		binary.BigEndian.PutUint64(value, n*0x9e3779b97f4a7c15)
		step.Put(binary.BigEndian.AppendUint64([]byte("d"), n), value)
	}
	if err := step.Commit(); err != nil {
		b.Fatal(err)
	}
	content := bytes.Repeat(value, entries)
	begun := time.Now()
	sha256.Sum256(content)
	bare := time.Since(begun)
	home := makeHome(b)
	b.SetBytes(entries * size)
	for b.Loop() {
		reader, writer := io.Pipe()
		go func() { writer.CloseWithError(Stream(context.Background(), writer, s, About{})) }()
		if _, _, err := Backup(io.Discard, identity.Recipient(), Home{Dir: home}, reader, quiet); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed()/time.Duration(b.N))/float64(bare), "x-bare-sha256")
}
