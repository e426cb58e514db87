package mesh

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"testing"

	"pgregory.net/rapid"
)

func TestFrameRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var wire bytes.Buffer
		frames := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 300), 0, 10).Draw(t, "frames")
		if rapid.Bool().Draw(t, "large") {
			frames = append(frames, bytes.Repeat([]byte{1}, rapid.IntRange(frameChunk-2, 5*frameChunk).Draw(t, "size")))
		}
		for _, frame := range frames {
			cut := rapid.IntRange(0, len(frame)).Draw(t, "cut")
			if err := writeFrame(&wire, frame[:cut], frame[cut:]); err != nil {
				t.Fatal(err)
			}
		}
		r := bufio.NewReader(&wire)
		for _, frame := range frames {
			got, err := readFrame(r, 5*frameChunk, func(size int) error {
				if size != len(frame) {
					t.Fatalf("announced %d of %d bytes", size, len(frame))
				}
				return nil
			})
			if err != nil || !bytes.Equal(got, frame) {
				t.Fatalf("%x, %v; want %x", got, err, frame)
			}
		}
		if _, err := readFrame(r, 1, nil); !errors.Is(err, io.EOF) || errors.Is(err, errFrame) {
			t.Fatalf("at the end: %v", err)
		}
	})
}

// FuzzFrame reads anything: no panic, never more than the limit, and what is read is what would be written.
func FuzzFrame(f *testing.F) {
	f.Add([]byte{}, 10)
	f.Add([]byte{3, 1, 2, 3}, 10)
	f.Add([]byte{3, 1, 2}, 10)
	f.Add([]byte{0x80, 0x00}, 10)
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 1<<20)
	f.Add([]byte{0xff, 0xff, 0x3f, 1, 2, 3}, 1<<20)
	f.Fuzz(func(t *testing.T, wire []byte, limit int) {
		limit = max(0, min(limit, 1<<20))
		frame, err := readFrame(bufio.NewReader(bytes.NewReader(wire)), limit, nil)
		if err != nil {
			if !errors.Is(err, errFrame) && (len(wire) > 0 || !errors.Is(err, io.EOF)) {
				t.Errorf("unexpected kind of error: %v", err)
			}
			return
		}
		var again bytes.Buffer
		if len(frame) > limit || writeFrame(&again, frame) != nil || !bytes.HasPrefix(wire, again.Bytes()) {
			t.Errorf("%x gave %x", wire, frame)
		}
	})
}
