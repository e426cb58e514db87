package record

import (
	"bytes"
	"errors"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/store/memstore"
)

// FuzzReplay replays a short record in which one frame is something else: whatever it is, the outcome is an error of the
// package or an honest one.
func FuzzReplay(f *testing.F) {
	w := newWorld(f, 1)
	m := w.nodes[0]
	var record bytes.Buffer
	r, err := New(&record, Options{Limit: roomy}, engine.Config{Network: w.network, Self: m.self, Policy: policy()}, m.source, m.disk, w.now)
	w.must(err)
	m.engine, m.step = r.Engine(), r.Step
	w.do(0, engine.AddDevice{Ticket: 1, Name: "sensor", Key: m.device.Key()})
	w.run(30)
	w.must(r.Close())
	frames := takeApart(f, record.Bytes())
	for i, p := range frames {
		f.Add(byte(i), byte(p.kind), p.body)
	}
	f.Fuzz(func(t *testing.T, at, k byte, body []byte) {
		var plain bytes.Buffer
		for i, p := range frames {
			if i == int(at)%len(frames) {
				p = piece{kind(k), body}
			}
			if writeFrame(&plain, p.kind, cborBytes(p.body)) != nil {
				t.Skip() // no CBOR
			}
		}
		setup := w.setup()
		o, err := Replay(bytes.NewReader(squeeze(t, plain.Bytes())), setup)
		if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrFormat) {
			t.Errorf("an error of another kind: %v", err)
		}
		if err == nil && o.Header.Network != w.network.ID {
			t.Error("replayed without a header")
		}
	})
}

// FuzzFrames reads arbitrary frames, and what decodes is what encodes to the same.
func FuzzFrames(f *testing.F) {
	_, record := sample(f)
	for _, p := range takeApart(f, record)[:40] {
		f.Add(byte(p.kind), p.body)
	}
	f.Fuzz(func(t *testing.T, k byte, body []byte) {
		var plain bytes.Buffer
		if writeFrame(&plain, kind(k), cborBytes(body)) != nil {
			t.Skip() // no CBOR
		}
		reader := frameReader{source: bytes.NewReader(plain.Bytes())}
		got, content, err := reader.next()
		if err != nil || got != kind(k) || !bytes.Equal(content, body) {
			t.Fatalf("kind %d, %x: %v", got, content, err)
		}
		for _, into := range []any{new(Header), new(entries), new(step), new(state), new(end)} {
			if decode(content, into) != nil {
				continue
			}
			if _, err := encode(into); err != nil {
				t.Errorf("%T does not encode: %v", into, err)
			}
		}
	})
}

// FuzzInput decodes arbitrary inputs; those that decode encode to what decodes to the same.
func FuzzInput(f *testing.F) {
	w, record := sample(f)
	seen := map[string]int{}
	for _, p := range takeApart(f, record) {
		var s step
		if p.kind != kindStep || decode(p.body, &s) != nil || seen[s.Input] > 2 || s.Input == "" {
			continue
		}
		seen[s.Input]++
		f.Add(s.Input, s.Body)
	}
	f.Fuzz(func(t *testing.T, name string, body []byte) {
		in, err := decodeInput(name, body, w.nodes[recorded].engine.Signers)
		if err != nil {
			return
		}
		again, err := encodeInput(in)
		if err != nil {
			t.Fatalf("%s does not encode: %v", name, err)
		}
		second, err := decodeInput(name, again, w.nodes[recorded].engine.Signers)
		if err != nil {
			t.Fatalf("%s does not decode again: %v", name, err)
		}
		if third, _ := encodeInput(second); !bytes.Equal(again, third) {
			t.Errorf("%s has two forms: %x and %x", name, again, third)
		}
	})
}

func TestUnknownInputIsRefused(t *testing.T) {
	if _, err := decodeInput("Nonsense", nil, nil); !errors.Is(err, ErrFormat) {
		t.Error(err)
	}
}

func TestOtherVersionIsRefused(t *testing.T) {
	for _, text := range []string{"", "lot-record", "lot-record/2\n and more that follows it", "{\"a\":\"proof file of some length\"}"} {
		_, err := Replay(bytes.NewReader([]byte(text)), Setup{Storage: memstore.New()})
		if !errors.Is(err, ErrFormat) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

var _ dag.Signer = playedSigner{}
