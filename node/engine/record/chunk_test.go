package record

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
)

func chunksOf(t testing.TB, contents ...[]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := chunkWriter{to: &out}
	for _, content := range contents {
		if n, err := w.Write(content); n != len(content) || err != nil {
			t.Fatalf("%d bytes of %d written: %v", n, len(content), err)
		}
	}
	return out.Bytes()
}

func TestChunksHoldWhatWasWritten(t *testing.T) {
	large := bytes.Repeat([]byte("large "), maxChunk/4)
	got, err := io.ReadAll(&chunkReader{from: bytes.NewReader(chunksOf(t, []byte("a"), nil, []byte("bc"), large))})
	if want := append([]byte("abc"), large...); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, want %d: %v", len(got), len(want), err)
	}
}

func TestEveryChangedBitOfAChunkIsDamage(t *testing.T) {
	whole := chunksOf(t, []byte("first"), []byte("second"))
	for bit := range 8 * len(whole) {
		changed := bytes.Clone(whole)
		changed[bit/8] ^= 1 << (bit % 8)
		if _, err := io.ReadAll(&chunkReader{from: bytes.NewReader(changed)}); !errors.Is(err, ErrDamaged) {
			t.Errorf("bit %d: %v", bit, err)
		}
	}
}

func TestCutChunkIsNotHandedOn(t *testing.T) {
	whole := chunksOf(t, []byte("first"), []byte("second"))
	second := chunkHead + len("first")
	for cut := range whole {
		want, handed := io.ErrUnexpectedEOF, ""
		if cut >= second {
			handed = "first"
		}
		if cut == 0 || cut == second {
			want = nil
		}
		got, err := io.ReadAll(&chunkReader{from: bytes.NewReader(whole[:cut])})
		if string(got) != handed || !errors.Is(err, want) {
			t.Errorf("cut at %d: %q, %v", cut, got, err)
		}
	}
}

// FuzzChunks reads arbitrary bytes as chunks: what comes of them, written again, is what was read.
func FuzzChunks(f *testing.F) {
	f.Add(chunksOf(f, []byte("first"), []byte("second")), []byte("third"))
	f.Fuzz(func(t *testing.T, raw, content []byte) {
		if _, err := io.ReadAll(&chunkReader{from: bytes.NewReader(raw)}); err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("an error of another kind: %v", err)
		}
		got, err := io.ReadAll(&chunkReader{from: bytes.NewReader(chunksOf(t, content))})
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("%x is read as %x, %v", content, got, err)
		}
	})
}

// TestFlippedByteIsNeverACutRecord changes each byte of what stands before the first step, where lengths of chunks, of blocks
// of the compression and of frames are, and each byte of the end.
func TestFlippedByteIsNeverACutRecord(t *testing.T) {
	w := newWorld(t, 1)
	m := w.nodes[0]
	for i := range 100 {
		key := dag.NewSigner(seedOf('x', i)).Key()
		m.disk.Put(append([]byte("~"), byte(i)), key[:])
	}
	w.must(m.disk.Commit())
	var b bytes.Buffer
	r := w.record(&b)
	w.must(r.Close())
	for at := range b.Bytes() {
		changed := bytes.Clone(b.Bytes())
		changed[at] ^= 0x11
		o, err := Replay(bytes.NewReader(changed), w.setup())
		if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrFormat) {
			t.Errorf("byte %d of %d: truncated %t, %v", at, b.Len(), o.Truncated, err)
		}
	}
}

func TestStorageAtTheStartIsBounded(t *testing.T) {
	w := newWorld(t, 1)
	m := w.nodes[0]
	const entries, size = 5000, 100
	for i := range entries {
		m.disk.Put([]byte{'~', byte(i >> 8), byte(i)}, make([]byte, size))
	}
	w.must(m.disk.Commit())
	var b bytes.Buffer
	w.must(w.record(&b).Close())
	const needs = entries * (3 + size + EntryCost)
	for _, c := range []struct {
		most uint64
		want error
	}{{needs, nil}, {needs - 1, ErrTooLarge}, {0, nil}} {
		setup := w.setup()
		setup.MaxStorage = c.most
		if _, err := Replay(bytes.NewReader(b.Bytes()), setup); !errors.Is(err, c.want) {
			t.Errorf("at most %d bytes: %v, want %v", c.most, err, c.want)
		}
	}
	setup, enough := w.setup(), errors.New("enough")
	setup.Progress = func(steps, now uint64) error {
		if steps != 0 || now != w.now {
			t.Errorf("progress of %d steps at %d", steps, now)
		}
		return enough
	}
	if o, err := Replay(bytes.NewReader(b.Bytes()), setup); !errors.Is(err, enough) || o.Steps != 0 {
		t.Errorf("%d steps, %v", o.Steps, err)
	}
}

// record makes the only engine of a world by a recorder.
func (w *world) record(to io.Writer) *Recorder {
	m := w.nodes[0]
	r, err := New(to, Options{Limit: roomy}, engine.Config{Network: w.network, Self: m.self, Policy: policy()}, m.source, m.disk, w.now)
	w.must(err)
	return r
}
