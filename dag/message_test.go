package dag_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

func drawBytes(t *rapid.T, n int, label string) []byte {
	return rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, label)
}

// drawMessage returns any message within the limits of the format.
func drawMessage(t *rapid.T) dag.Message {
	switch rapid.IntRange(1, 3).Draw(t, "kind") {
	case 1:
		return &dag.Offer{
			Kind: 1, Digest: drawBytes(t, dag.Buckets*16, "digest"), Signed: rapid.Uint64().Draw(t, "signed"),
			Note:  rapid.SliceOfN(rapid.Byte(), 1, 99).Draw(t, "note"),
			Epoch: rapid.Uint64().Draw(t, "epoch"), Oldest: rapid.Uint64().Draw(t, "oldest"), Lacks: rapid.Uint64().Draw(t, "lacks"),
			Proof: rapid.SliceOfN(rapid.Byte(), 1, 99).Draw(t, "proof"),
		}
	case 2:
		m := &dag.Missing{Kind: 2, Epoch: rapid.Uint64().Draw(t, "epoch"), Mask: rapid.Uint64().Draw(t, "mask"), From: rapid.Uint64().Draw(t, "from"), Heads: []dag.Head{}, IDs: [][]byte{}}
		for range rapid.IntRange(0, 3).Draw(t, "heads") {
			m.Heads = append(m.Heads, dag.Head{
				Key: drawBytes(t, 32, "key"), Seq: rapid.Uint64().Draw(t, "seq"), Last: drawBytes(t, 32, "last"),
				Sums: drawBytes(t, rapid.SampledFrom([]int{0, 256}).Draw(t, "length"), "sums"),
			})
		}
		for range rapid.IntRange(0, 3).Draw(t, "ids") {
			m.IDs = append(m.IDs, drawBytes(t, 32, "id"))
		}
		return m
	}
	m := &dag.Inform{Kind: 3, Epoch: rapid.Uint64().Draw(t, "epoch"), Now: rapid.Uint64().Draw(t, "now"), Tag: rapid.Uint64().Draw(t, "tag"), Blocks: [][]byte{}, Answer: rapid.Uint64().Draw(t, "answer"), Next: rapid.Uint64().Draw(t, "next")}
	for range rapid.IntRange(0, 3).Draw(t, "blocks") {
		m.Blocks = append(m.Blocks, rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "block"))
	}
	return m
}

func TestMessageReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMessage(t)
		data, err := m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		read, err := dag.DecodeMessage(data)
		if err != nil || !reflect.DeepEqual(read, m) {
			t.Fatalf("%+v reads back as %+v, %v", m, read, err)
		}
		if _, err := dag.DecodeMessage(data[:len(data)-1]); !errors.Is(err, dag.ErrMessage) {
			t.Fatalf("cut short: %v", err)
		}
		if _, err := dag.DecodeMessage(append(data, 0)); !errors.Is(err, dag.ErrMessage) {
			t.Fatalf("with a byte behind: %v", err)
		}
	})
}

func TestOfferCarriesTheDigest(t *testing.T) {
	g := newGraph()
	mustAdd(t, g, randomEvents(t, seeded(1), dagShape{events: 200, keys: 100})...)
	data, err := dag.NewOffer(1, g.Digest()).Encode()
	if err != nil {
		t.Fatal(err)
	}
	read, err := dag.DecodeMessage(data)
	if err != nil || read.(*dag.Offer).Content() != g.Digest() {
		t.Fatalf("another digest, %v", err)
	}
	own, empty := g.Digest(), dag.Digest{}
	if own.Differs(&own) != 0 || own.Differs(&empty) == 0 {
		t.Error("a digest differs from itself, or not from an empty one")
	}
}

func TestDecodeMessageRefusesWhatExceedsTheLimits(t *testing.T) {
	id, digest := make([]byte, 32), make([]byte, dag.Buckets*16)
	for name, m := range map[string]dag.Message{
		"short digest":    &dag.Offer{Digest: digest[1:]},
		"long note":       &dag.Offer{Digest: digest, Note: make([]byte, dag.MaxNoteSize+1)},
		"too many heads":  &dag.Missing{Heads: make([]dag.Head, dag.MaxHeads+1)},
		"short key":       &dag.Missing{Heads: []dag.Head{{Key: id[1:], Last: id}}},
		"short last":      &dag.Missing{Heads: []dag.Head{{Key: id, Last: id[1:]}}},
		"short sums":      &dag.Missing{Heads: []dag.Head{{Key: id, Last: id, Sums: id}}},
		"too many ids":    &dag.Missing{IDs: repeat(id, dag.MaxWantedIDs+1)},
		"short id":        &dag.Missing{IDs: [][]byte{id[1:]}},
		"too many events": &dag.Inform{Blocks: repeat(id, dag.MaxInformEvents+1)},
		"too many bytes":  &dag.Inform{Blocks: repeat(make([]byte, 1<<15), 40)},
	} {
		data, err := m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dag.DecodeMessage(data); !errors.Is(err, dag.ErrMessage) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	for name, data := range map[string][]byte{
		"nothing": nil, "one byte": {0x84}, "no array": {0xa1, 1, 1}, "unknown kind": {0x81, 4}, "endless array": {0x9f, 1, 0xff},
		"too few fields": {0x82, 1, 0x40},
	} {
		if _, err := dag.DecodeMessage(data); !errors.Is(err, dag.ErrMessage) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

func repeat(b []byte, n int) (list [][]byte) {
	for range n {
		list = append(list, b)
	}
	return list
}

// FuzzDecodeMessage feeds whatever decodes to a graph: nothing may break, and an answer stays within its limits.
func FuzzDecodeMessage(f *testing.F) {
	g := newGraph()
	events := randomEvents(f, seeded(1), dagShape{events: 60, keys: 4, forkers: 2})
	mustAdd(f, g, events...)
	id := events[20].ID()
	for _, m := range []dag.Message{
		dag.NewOffer(1, g.Digest()), g.Request(^uint64(0)), &dag.Missing{Mask: 7, From: 3, IDs: [][]byte{id[:]}}, g.Answer(&dag.Missing{Mask: ^uint64(0)}),
	} {
		data, err := m.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := dag.DecodeMessage(data)
		if err != nil {
			if !errors.Is(err, dag.ErrMessage) {
				t.Fatal(err)
			}
			return
		}
		switch m := m.(type) {
		case *dag.Offer:
			if o := dag.NewOffer(1, m.Content()); !bytes.Equal(o.Digest, m.Digest) {
				t.Fatal("the digest does not read back")
			}
		case *dag.Missing:
			answer := g.Answer(m)
			if reply, err := answer.Encode(); err != nil || len(reply) > dag.MaxMessageSize {
				t.Fatalf("an answer of %d bytes, %v", len(reply), err)
			}
			if answer.Next != 0 && answer.Next <= m.From {
				t.Fatalf("the answer goes on at %d, the request began at %d", answer.Next, m.From)
			}
		}
		again, err := m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if read, err := dag.DecodeMessage(again); err != nil || !reflect.DeepEqual(read, m) {
			t.Fatalf("%+v reads back as %+v, %v", m, read, err)
		}
	})
}
