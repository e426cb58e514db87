package car

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"

	gocar "github.com/ipld/go-car/v2"
	"github.com/multiformats/go-varint"
	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

func TestReadsWhatWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := tangle(t, rapid.IntRange(1, 20).Draw(t, "events"), drawn(t))
		b := archive(t, events)
		if blocks, err := read(b); err != nil || !slices.EqualFunc(blocks, blocksOf(events), bytes.Equal) {
			t.Fatalf("%d of %d events: %v", len(blocks), len(events), err)
		}
		var second bytes.Buffer // the same archive within one of version 2, with an index
		if err := gocar.WrapV1(bytes.NewReader(b), &second); err != nil {
			t.Fatal(err)
		}
		if blocks, err := read(second.Bytes()); err != nil || !slices.EqualFunc(blocks, blocksOf(events), bytes.Equal) {
			t.Fatalf("version 2: %d of %d events: %v", len(blocks), len(events), err)
		}
	})
}

// TestLargestEvents writes and reads the longest block that an event can be, and no longer one.
func TestLargestEvents(t *testing.T) {
	signer := dag.NewSigner([32]byte{31: 1})
	f := dag.Fields{Key: signer.Key(), Seq: 1, Approves: graphRoots, Epoch: 1, Kind: "test"}
	small, err := f.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	f.Body = make([]byte, dag.MaxEventSize-small.Size()-2) // its length takes two bytes more
	largest, err := f.Sign(signer)
	if err != nil || largest.Size() != dag.MaxEventSize {
		t.Fatalf("%v, %v", largest, err)
	}
	b := archive(t, []*dag.Event{largest.Event})
	if blocks, err := read(b); err != nil || len(blocks) != 1 {
		t.Errorf("%d events: %v", len(blocks), err)
	}
	longer := slices.Concat(header1(largest.ID()), section(largest.ID().CID().Bytes(), append(slices.Clone(largest.Block()), 0)))
	if _, err := read(longer); !errors.Is(err, ErrArchive) {
		t.Errorf("one byte more: %v", err)
	}
}

// header1 is the header of an archive with one root, as bytes.
func header1(root dag.ID) []byte {
	var out bytes.Buffer
	if err := writeHeader(&out, []dag.ID{root}); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func section(parts ...[]byte) []byte {
	b := bytes.Join(parts, nil)
	return append(varint.ToUvarint(uint64(len(b))), b...)
}

// TestReadRefused wants nothing but archives of events.
func TestReadRefused(t *testing.T) {
	events := tangle(t, 3, newest)
	good, last := archive(t, events), events[2]
	cid, block := last.ID().CID().Bytes(), last.Block()
	raw := slices.Clone(cid)
	raw[1] = 0x55 // not dag-cbor, but raw bytes
	notEvent := []byte{0xa0}
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"nothing":            {nil, ErrArchive},
		"header only":        {header1(last.ID()), ErrRoots},
		"no roots":           {slices.Concat(section([]byte("\xa2\x65roots\x80\x67version\x01")), section(cid, block)), ErrRoots},
		"version 3":          {slices.Concat(section([]byte("\xa2\x65roots\x80\x67version\x03")), section(cid, block)), ErrArchive},
		"long header":        {slices.Concat(varint.ToUvarint(maxHeader+1), make([]byte, maxHeader+1)), ErrArchive},
		"endless header":     {varint.ToUvarint(1 << 62), ErrArchive},
		"long list":          {section([]byte("\xa2\x65roots\x9b\x00\x00\x01\x00\x00\x00\x00\x00")), ErrArchive},
		"long text":          {section([]byte("\xa2\x7b\x00\x00\x01\x00\x00\x00\x00\x00")), ErrArchive},
		"deep header":        {section(bytes.Repeat([]byte{0x81}, maxHeader)), ErrArchive},
		"raw root":           {slices.Concat(bytes.Replace(header1(last.ID()), cid, raw, 1), section(cid, block)), ErrRoots},
		"endless section":    {slices.Concat(header1(last.ID()), varint.ToUvarint(1<<62)), ErrArchive},
		"empty section":      {slices.Concat(good, []byte{0}), ErrArchive},
		"section of zeros":   {slices.Concat(good, make([]byte, 100)), ErrArchive},
		"text behind":        {slices.Concat(good, []byte("text")), ErrArchive},
		"half a length":      {slices.Concat(good, []byte{0x80}), ErrArchive},
		"no event":           {slices.Concat(good, section(dag.HashBlock(notEvent).CID().Bytes(), notEvent)), ErrArchive},
		"another's id":       {slices.Concat(good, section(events[0].ID().CID().Bytes(), block)), ErrArchive},
		"raw id":             {slices.Concat(good, section(raw, block)), ErrArchive},
		"id of version 0":    {slices.Concat(good, section(cid[2:], block)), ErrArchive},
		"id without a block": {slices.Concat(good, section(cid)), ErrArchive},
	} {
		if _, err := read(c.b); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// TestReadTampered changes every byte of an archive and cuts it at every place. The numbers of the tags that mark the
// header's links are all that may be changed: the library goes by where a link must stand, and the roots are the same.
func TestReadTampered(t *testing.T) {
	events := tangle(t, 3, newest)
	b, header, want := archive(t, events), 0, blocksOf(events)
	for _, id := range heads(events) {
		header = max(header, bytes.Index(b, id.CID().Bytes())) // the last root's first place is in the header
	}
	for i := range b {
		if _, err := read(b[:i]); !errors.Is(err, ErrArchive) && !errors.Is(err, ErrRoots) {
			t.Errorf("cut at %d: %v", i, err)
		}
		for _, change := range []byte{1 << (i % 8), 0xff} {
			changed := slices.Clone(b)
			changed[i] ^= change
			blocks, err := read(changed)
			if harmless := i < header && b[i] == linkTag && slices.EqualFunc(blocks, want, bytes.Equal); err == nil && !harmless {
				t.Errorf("byte %d, %q changed by %#x: %d events", i, b[i], change, len(blocks))
			}
		}
	}
}

func TestReadPassesErrorsOn(t *testing.T) {
	b, broken := archive(t, tangle(t, 5, newest)), errors.New("broken")
	seen := 0
	err := Read(bytes.NewReader(b), func(*dag.Event) error {
		if seen++; seen == 3 {
			return broken
		}
		return nil
	})
	if !errors.Is(err, broken) || errors.Is(err, ErrArchive) || seen != 3 {
		t.Errorf("%d events visited: %v", seen, err)
	}
	for _, n := range []int{0, 30, len(b) - 5} {
		r := io.MultiReader(bytes.NewReader(b[:n]), iotest.ErrReader(broken))
		if err := Read(r, func(*dag.Event) error { return nil }); !errors.Is(err, broken) {
			t.Errorf("reader breaks after %d bytes: %v", n, err)
		}
	}
}

// brokenWriter takes some bytes and then fails.
type brokenWriter struct {
	left int
	err  error
}

func (w *brokenWriter) Write(b []byte) (int, error) {
	if w.left -= len(b); w.left < 0 {
		return 0, w.err
	}
	return len(b), nil
}

func TestWritePassesErrorsOn(t *testing.T) {
	events := tangle(t, 100, newest)
	size := len(archive(t, events))
	for left := 0; left < size; left += 1000 {
		w := &brokenWriter{left, errors.New("broken")}
		if err := Write(w, heads(events), slices.Values(events)); !errors.Is(err, w.err) {
			t.Errorf("writer breaks after %d of %d bytes: %v", left, size, err)
		}
	}
}

func TestWriteRefusesRoots(t *testing.T) {
	events := tangle(t, 5, newest)
	for name, roots := range map[string][]dag.ID{
		"none":     nil,
		"absent":   {events[0].ID(), {9}},
		"too many": make([]dag.ID, MaxRoots+1),
	} {
		if err := Write(io.Discard, roots, slices.Values(events)); !errors.Is(err, ErrRoots) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestManyRoots(t *testing.T) {
	events := tangle(t, 1, newest)
	roots := slices.Repeat([]dag.ID{events[0].ID()}, MaxRoots)
	var out bytes.Buffer
	if err := Write(&out, roots, slices.Values(events)); err != nil {
		t.Fatal(err)
	}
	if blocks, err := read(out.Bytes()); err != nil || len(blocks) != 1 {
		t.Error(len(blocks), err)
	}
}

// FuzzRead wants that what reads as an archive holds events and its roots, and that they make an archive again.
func FuzzRead(f *testing.F) {
	b := archive(f, tangle(f, 3, newest))
	f.Add(b)
	f.Add(b[:len(b)-1])
	var second bytes.Buffer
	if err := gocar.WrapV1(bytes.NewReader(b), &second); err != nil {
		f.Fatal(err)
	}
	f.Add(second.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		var events []*dag.Event
		err := Read(bytes.NewReader(b), func(e *dag.Event) error { events = append(events, e); return nil })
		if err != nil {
			if !errors.Is(err, ErrArchive) && !errors.Is(err, ErrRoots) {
				t.Fatalf("%v wraps neither ErrArchive nor ErrRoots", err)
			}
			return
		}
		blocks, err := read(archive(t, events))
		if err != nil || !slices.EqualFunc(blocks, blocksOf(events), bytes.Equal) {
			t.Fatalf("%d of %d events in another archive: %v", len(blocks), len(events), err)
		}
	})
}
