package ledger

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/ledgerofthings/lot/dag"
)

func testAnchor() Anchor {
	return Anchor{Root: [32]byte{1}, Count: 3, First: 1000, Last: 2000, Topic: "tank 4, °C", Blob: [32]byte{2}, Size: 512}
}

func TestAnchorRoundTrip(t *testing.T) {
	longest := testAnchor()
	longest.Topic = strings.Repeat("t", MaxTopicLength)
	longest.Count, longest.First, longest.Last, longest.Size = MaxAnchorCount, dag.MaxInteger, dag.MaxInteger, MaxBlobSize
	for _, want := range []Anchor{testAnchor(), longest, {Count: 1}} {
		body, err := want.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeAnchor(body)
		if err != nil || got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
}

func TestAnchorRefused(t *testing.T) {
	for name, spoil := range map[string]func(*Anchor){
		"no readings":       func(a *Anchor) { a.Count = 0 },
		"too many readings": func(a *Anchor) { a.Count = MaxAnchorCount + 1 },
		"time backwards":    func(a *Anchor) { a.First = a.Last + 1 },
		"time too large":    func(a *Anchor) { a.Last = dag.MaxInteger + 1 },
		"blob without size": func(a *Anchor) { a.Size = 0 },
		"size without blob": func(a *Anchor) { a.Blob = [32]byte{} },
		"blob too large":    func(a *Anchor) { a.Size = MaxBlobSize + 1 },
		"topic too long":    func(a *Anchor) { a.Topic = strings.Repeat("t", MaxTopicLength+1) },
		"topic not UTF-8":   func(a *Anchor) { a.Topic = "\xff" },
		"topic unprintable": func(a *Anchor) { a.Topic = "\x1b[2J" },
	} {
		a := testAnchor()
		spoil(&a)
		if _, err := a.Encode(); !errors.Is(err, ErrPayload) {
			t.Errorf("%s: encode says %v", name, err)
		}
		body, err := encMode.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := DecodeAnchor(body); !errors.Is(err, ErrPayload) {
			t.Errorf("%s: decode says %v", name, err)
		}
	}
}

// TestPayloadCanonical encodes an anchor in ways that a lenient reader would take for the same value.
func TestPayloadCanonical(t *testing.T) {
	body, err := testAnchor().Encode()
	if err != nil {
		t.Fatal(err)
	}
	type shortRoot struct {
		Anchor
		Root []byte `cbor:"root"`
	}
	type noTopic struct {
		Anchor
		Topic string `cbor:"topic,omitempty"`
	}
	type extra struct {
		Anchor
		More int `cbor:"more"`
	}
	encode := func(v any) []byte { return must(encMode.Marshal(v)) }
	for name, variant := range map[string][]byte{
		"empty":         {},
		"trailing byte": append(bytes.Clone(body), 0),
		"cut":           body[:len(body)-1],
		"short digest":  encode(shortRoot{testAnchor(), []byte{1}}),
		"long digest":   encode(shortRoot{testAnchor(), append([]byte{1}, make([]byte, 32)...)}),
		"null digest":   encode(shortRoot{testAnchor(), nil}),
		"absent key":    encode(noTopic{testAnchor(), ""}),
		"extra key":     encode(extra{testAnchor(), 1}),
		"long integer":  bytes.Replace(body, []byte("count\x03"), []byte("count\x18\x03"), 1),
		"key order":     must(cbor.Marshal(testAnchor())), // keys in the order of the struct
		"oversized":     make([]byte, maxPayload+1),
	} {
		if bytes.Equal(variant, body) {
			t.Fatalf("%s: variant equals the original", name)
		}
		if a, err := DecodeAnchor(variant); !errors.Is(err, ErrPayload) {
			t.Errorf("%s: got %+v, %v", name, a, err)
		}
	}
}

func FuzzDecodeAnchor(f *testing.F) {
	body, err := testAnchor().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add([]byte{0xa0})
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := DecodeAnchor(body)
		if err != nil {
			if !errors.Is(err, ErrPayload) {
				t.Fatalf("%v does not wrap ErrPayload", err)
			}
			return
		}
		again, err := a.Encode()
		if err != nil || !bytes.Equal(again, body) {
			t.Fatalf("%x encodes again as %x, %v", body, again, err)
		}
	})
}
