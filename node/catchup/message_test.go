package catchup

import (
	"bytes"
	"errors"
	"testing"

	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/dag/snapshot"
)

func seal(first byte) []byte { return append([]byte{first}, make([]byte, 31)...) }

var goodRequests = []request{
	{Ask: askHead, Seal: []byte{}},
	{Ask: askHead, Epoch: 7, Seal: seal(1)},
	{Ask: askChunk, Seal: seal(1)},
	{Ask: askChunk, Seal: seal(1), Bits: 5, Part: 31},
	{Ask: askChunk, Seal: seal(1), Bits: snapshot.MaxHalvedBits, Part: 1<<snapshot.MaxHalvedBits - 1},
}

var goodResponses = []response{
	{Answer: answerHead, Chain: []byte{1}}, {Answer: answerHead, Chain: []byte{1}, Bits: snapshot.MaxBits}, {Answer: answerChunk, Chunk: []byte{1}},
	{Answer: answerSplit}, {Answer: answerGone}, {Answer: answerNone}, {Answer: answerBefore}, {Answer: answerBusy},
}

func TestMessagesRefused(t *testing.T) {
	for name, r := range map[string]request{
		"nothing":                {Seal: []byte{}},
		"another question":       {Ask: "all", Seal: seal(1)},
		"a pin without a seal":   {Ask: askHead, Epoch: 7, Seal: []byte{}},
		"a seal without epoch":   {Ask: askHead, Seal: seal(1)},
		"half a seal":            {Ask: askHead, Epoch: 7, Seal: seal(1)[:16]},
		"an impossible epoch":    {Ask: askHead, Epoch: 1 << 60, Seal: seal(1)},
		"a head with a part":     {Ask: askHead, Seal: []byte{}, Part: 1},
		"a chunk of nothing":     {Ask: askChunk, Seal: []byte{}},
		"a chunk with an epoch":  {Ask: askChunk, Epoch: 1, Seal: seal(1)},
		"a chunk beyond the end": {Ask: askChunk, Seal: seal(1), Bits: 5, Part: 32},
		"too many bits":          {Ask: askChunk, Seal: seal(1), Bits: snapshot.MaxHalvedBits + 1},
	} {
		if _, err := requestCodec.Encode(r); !errors.Is(err, ledger.ErrPayload) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, r := range map[string]response{
		"nothing":               {},
		"another answer":        {Answer: "hello"},
		"a head without chain":  {Answer: answerHead},
		"a head with a chunk":   {Answer: answerHead, Chain: []byte{1}, Chunk: []byte{1}},
		"a chunk without bytes": {Answer: answerChunk},
		"a chunk with bits":     {Answer: answerChunk, Chunk: []byte{1}, Bits: 1},
		"a split with a chunk":  {Answer: answerSplit, Chunk: []byte{1}},
		"too many bits":         {Answer: answerHead, Chain: []byte{1}, Bits: snapshot.MaxBits + 1},
		"too long a chain":      {Answer: answerHead, Chain: make([]byte, proof.MaxChainSize+1)},
		"too long a chunk":      {Answer: answerChunk, Chunk: make([]byte, snapshot.MaxChunk+1)},
	} {
		if _, err := responseCodec.Encode(r); !errors.Is(err, ledger.ErrPayload) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The longest answers fit.
func TestLongestMessages(t *testing.T) {
	for _, r := range []response{
		{Answer: answerHead, Chain: make([]byte, proof.MaxChainSize), Bits: snapshot.MaxBits},
		{Answer: answerChunk, Chunk: make([]byte, snapshot.MaxChunk)},
	} {
		b, err := responseCodec.Encode(r)
		if err != nil || len(b) > MaxResponse {
			t.Fatalf("%d bytes, %v", len(b), err)
		}
		if _, err := responseCodec.Decode(b); err != nil {
			t.Error(err)
		}
	}
	b, err := requestCodec.Encode(goodRequests[len(goodRequests)-1])
	if err != nil || len(b) > MaxRequest {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}

// FuzzRequest wants that what decodes is the only encoding of what it means.
func FuzzRequest(f *testing.F) {
	for _, r := range goodRequests {
		b, err := requestCodec.Encode(r)
		must(f, err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := requestCodec.Decode(b); err == nil {
			if again, err := requestCodec.Encode(r); err != nil || !bytes.Equal(again, b) {
				t.Fatalf("%x comes back as %x, %v", b, again, err)
			}
		} else if !errors.Is(err, ledger.ErrPayload) {
			t.Fatal(err)
		}
	})
}

// FuzzResponse does the same for answers, and lets a fetch make of them what it can.
func FuzzResponse(f *testing.F) {
	l := newLedger(f, shape{epochs: 1})
	for _, r := range goodResponses {
		b, err := responseCodec.Encode(r)
		must(f, err)
		f.Add(b)
	}
	encoded, err := l.end(1).Chain.Encode()
	must(f, err)
	b, err := responseCodec.Encode(response{Answer: answerHead, Chain: encoded, Bits: 3})
	must(f, err)
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := responseCodec.Decode(b)
		if err != nil {
			return
		}
		if again, err := responseCodec.Encode(r); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%x comes back as %x, %v", b, again, err)
		}
		if e, err := newVerifier(l.start()).verify(r.Chain); err == nil && e.id != l.end(1).Seal.Leaf.Hash() {
			t.Fatalf("a chain holds that nobody signed: %v", e.seal)
		}
	})
}
