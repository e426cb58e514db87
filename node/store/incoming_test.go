package store

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"
)

// take brings a blob in pieces of a size.
func take(b *Blobs, content []byte, piece int) error {
	in, err := b.Create(sha256.Sum256(content), int64(len(content)))
	if err != nil {
		return err
	}
	for rest := content; len(rest) > 0; rest = rest[min(piece, len(rest)):] {
		if _, err := in.Write(rest[:min(piece, len(rest))]); err != nil {
			return errors.Join(err, in.Abort())
		}
	}
	return errors.Join(in.Finish(), in.Abort())
}

func TestIncoming(t *testing.T) {
	files := vfs.NewMem()
	s := open(t, "data", Options{FS: files, Budget: Budget{Pins: 1000}})
	content := bytes.Repeat([]byte("batch"), 100)
	if err := take(s.Pins(), content, 7); err != nil {
		t.Fatal(err)
	}
	digest := Digest(sha256.Sum256(content))
	if got, err := s.Pins().Get(digest); err != nil || !bytes.Equal(got, content) || s.Pins().Bytes() != 500 {
		t.Fatalf("%q, %d bytes, %v", got, s.Pins().Bytes(), err)
	}
	if s.HasBlob(digest) || s.BlobBytes() != 0 {
		t.Error("a pin is among the own batches")
	}
	if _, err := s.PutBlob(content); err != nil {
		t.Fatal(err)
	}
	if err := s.Pins().Delete(digest); err != nil || !s.HasBlob(digest) {
		t.Errorf("the own batch went with the pin: %v", err)
	}
}

func TestIncomingIsRefusedAndAborted(t *testing.T) {
	files := vfs.NewMem()
	pins := open(t, "data", Options{FS: files, Budget: Budget{Pins: 1000}}).Pins()
	if _, err := pins.Create(Digest{}, MaxBlob+1); !errors.Is(err, ErrLimit) {
		t.Errorf("large: %v", err)
	}
	first, err := pins.Create(Digest{1}, 600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pins.Create(Digest{1}, 100); !errors.Is(err, ErrBusy) {
		t.Errorf("twice: %v", err)
	}
	if _, err := pins.Create(Digest{2}, 600); !errors.Is(err, ErrBlobBudget) {
		t.Errorf("over budget: %v", err)
	}
	if _, err := first.Write(make([]byte, 601)); !errors.Is(err, ErrLimit) {
		t.Errorf("too much: %v", err)
	}
	if err := first.Finish(); !errors.Is(err, ErrCorrupt) {
		t.Errorf("too little: %v", err)
	}
	if _, err := pins.Get(Digest{1}); !errors.Is(err, ErrBlobNotFound) || pins.Bytes() != 0 {
		t.Errorf("%v, %d bytes", err, pins.Bytes())
	}
	if names, err := files.List("data/pins"); err != nil || len(names) != 0 {
		t.Errorf("left over: %v, %v", names, err)
	}
}

// Reading a part is reading the whole and cutting.
func TestPartsOfBlobs(t *testing.T) {
	pins := open(t, "data", Options{FS: vfs.NewMem()}).Pins()
	rapid.Check(t, func(t *rapid.T) {
		content := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "content")
		digest, err := pins.Put(content)
		if err != nil {
			t.Fatal(err)
		}
		from := rapid.IntRange(0, len(content)).Draw(t, "from")
		length := rapid.IntRange(0, len(content)-from).Draw(t, "length")
		for name, read := range map[string]func(Digest, int64, int64) ([]byte, error){"slice": pins.Slice, "verify": pins.Verify} {
			part, err := read(digest, int64(from), int64(length))
			if err != nil || !bytes.Equal(part, content[from:from+length]) {
				t.Fatalf("%s: %x, %v", name, part, err)
			}
			for _, bad := range [][2]int64{{int64(from), int64(len(content)-from) + 1}, {-1, 1}, {0, -1}, {1 << 62, 1 << 62}} {
				if _, err := read(digest, bad[0], bad[1]); !errors.Is(err, ErrLimit) {
					t.Fatalf("%s of %v: %v", name, bad, err)
				}
			}
		}
	})
}

func TestVerifyFindsDamageOutsideThePart(t *testing.T) {
	dir := t.TempDir()
	pins := open(t, dir, Options{}).Pins()
	digest, err := pins.Put([]byte("an encrypted batch"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, pinsDir, digest.String()), []byte("an encrypted botch"), 0o600); err != nil {
		t.Fatal(err)
	}
	if part, err := pins.Slice(digest, 0, 4); err != nil || string(part) != "an e" {
		t.Errorf("slice: %q, %v", part, err)
	}
	if _, err := pins.Verify(digest, 0, 4); !errors.Is(err, ErrCorrupt) || pins.Has(digest) {
		t.Errorf("verify: %v", err)
	}
}

// The room of a store counts the volume's reserve and the budget of it all.
func TestRoom(t *testing.T) {
	for _, c := range []struct {
		space   Space
		reserve int64
		want    int64
	}{
		{Space{Used: 10, Max: 100, Free: 1000}, 50, 90},
		{Space{Used: 10, Max: 100, Free: 80}, 50, 30},
		{Space{Used: 10, Max: 100, Free: 20}, 50, 0},
		{Space{Used: 200, Max: 100, Free: 1000}, 50, 0},
		{Space{Used: 0, Max: 100, Free: ^uint64(0)}, 50, 100},
	} {
		if got := c.space.Room(c.reserve); got != c.want {
			t.Errorf("%+v: %d, want %d", c.space, got, c.want)
		}
	}
	s := open(t, "data", Options{FS: vfs.NewMem(), Budget: Budget{Max: 1}})
	if space, err := s.Space(); err != nil || !space.Over || space.Max != 1 {
		t.Errorf("%+v, %v", space, err)
	}
	if room, err := s.Room(); err != nil || room != 0 {
		t.Errorf("%d, %v", room, err)
	}
}
