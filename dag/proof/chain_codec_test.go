package proof

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

func encodeChain(tb testing.TB, c Chain) []byte {
	tb.Helper()
	b, err := c.Encode()
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestDecodeChainRefuses(t *testing.T) {
	good := encodeChain(t, changing(t).chain)
	rewrite := func(change func(c []any)) []byte {
		var whole []any
		if err := cbor.Unmarshal(good, &whole); err != nil {
			t.Fatal(err)
		}
		change(whole)
		b, err := chainEncoding.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	certificate := func(i int, change func(c []any)) []byte {
		return rewrite(func(c []any) { change(c[1].([]any)[i].([]any)) })
	}
	if !bytes.Equal(rewrite(func([]any) {}), good) {
		t.Fatal("the way by which this test changes chains changes them by itself")
	}
	for name, b := range map[string][]byte{
		"nothing":                nil,
		"no chain":               []byte("lot"),
		"text behind":            append(slices.Clone(good), 0),
		"a cut":                  good[:len(good)-1],
		"another version":        rewrite(func(c []any) { c[0] = 2 }),
		"not shortest":           append([]byte{0x82, 0x18, 0x01}, good[2:]...),
		"indefinite length":      append(append([]byte{0x9f}, good[1:]...), 0xff),
		"too many":               rewrite(func(c []any) { c[1] = make([]any, MaxChain+1) }),
		"certificates of null":   rewrite(func(c []any) { c[1] = make([]any, 2) }),
		"too large":              rewrite(func(c []any) { c[1] = []any{make([]byte, MaxChainSize)} }),
		"a leaf of another kind": certificate(1, func(c []any) { c[0].([]byte)[0] = closingLeafKind }),
		"a short leaf":           certificate(1, func(c []any) { c[0] = c[0].([]byte)[1:] }),
		"another leaf size":      certificate(1, func(c []any) { c[0].([]byte)[144]++ }),
		"a short edge":           certificate(1, func(c []any) { c[1] = c[1].([]byte)[1:] }),
		"another edge":           certificate(1, func(c []any) { c[1].([]byte)[0]++ }),
		"a long note":            certificate(1, func(c []any) { c[2] = make([]byte, MaxNoteSize+1) }),
		"a note of null":         certificate(1, func(c []any) { c[2] = nil }),
		"a next of no members":   certificate(1, func(c []any) { c[3].([]any)[1] = []any{} }),
		"a next of no network":   certificate(1, func(c []any) { c[3].([]any)[0] = []byte{1} }),
		"a member without a key": certificate(1, func(c []any) { c[3].([]any)[1].([]any)[0].([]any)[2] = []byte{} }),
		"a crowd":                certificate(1, func(c []any) { c[3].([]any)[1] = make([]any, MaxMembers+1) }),
	} {
		if c, err := DecodeChain(b); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %d certificates, %v", name, len(c), err)
		}
	}
	if c, err := DecodeChain(encodeChain(t, nil)); err != nil || len(c) != 0 {
		t.Errorf("an empty chain: %v, %v", c, err)
	}
}

func TestEncodeChainRefuses(t *testing.T) {
	for name, change := range map[string]func(c Chain) Chain{
		"too many": func(Chain) Chain { return make(Chain, MaxChain+1) },
		"too large": func(c Chain) Chain {
			c[0].Note = make([]byte, MaxNoteSize)
			return slices.Repeat(c[:1], MaxChainSize/MaxNoteSize+1)
		},
		"a long note":    func(c Chain) Chain { c[0].Note = make([]byte, MaxNoteSize+1); return c },
		"a broken seal":  func(c Chain) Chain { c[0].Seal.Head.Size++; return c },
		"no seal at all": func(Chain) Chain { return make(Chain, 1) },
		"no committee":   func(c Chain) Chain { c[1].Next.Members = nil; return c },
	} {
		c := change(changing(t).chain)
		if _, err := c.Encode(); err == nil {
			t.Errorf("%s: encoded", name)
		}
		if _, err := json.Marshal(c); err == nil {
			t.Errorf("%s: encoded as JSON", name)
		}
	}
}

func FuzzDecodeChain(f *testing.F) {
	e := changing(f)
	f.Add(encodeChain(f, e.chain))
	f.Add(encodeChain(f, e.chain[:2]))
	f.Add(encodeChain(f, nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := DecodeChain(b)
		if err != nil {
			return
		}
		if again, err := c.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x reads as %v, %v", b, c, err)
		}
		newest, _, err := c.Verify(fixtureNetwork, e.committees[0])
		if err != nil {
			return
		}
		if epoch := newest.Leaf.Epoch; newest.Leaf != e.chain[epoch-1].Seal.Leaf {
			t.Errorf("a chain proves a seal of epoch %d that never was", epoch)
		}
	})
}
