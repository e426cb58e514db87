package dag_test

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

// handEncode writes an event byte by byte as docs/protocol.md says, knowing nothing of the CBOR library: the slow twin of
// the encoder. Keys come by length, then by bytes.
func handEncode(f dag.Fields, sig dag.Signature) []byte {
	b := handHead(nil, 5, 13)
	b = handHead(handText(b, "v"), 0, dag.Version)
	b = handBytes(handText(b, "acc"), f.Account[:])
	b = handBytes(handText(b, "key"), f.Key[:])
	b = handBytes(handText(b, "net"), f.Network[:])
	b = handHead(handText(b, "seq"), 0, f.Seq)
	b = handBytes(handText(b, "sig"), sig[:])
	b = handBytes(handText(b, "body"), f.Body)
	b = handText(handText(b, "kind"), f.Kind)
	b = handText(b, "prev")
	if f.Prev.IsZero() {
		b = append(b, 0xf6)
	} else {
		b = handLink(b, f.Prev)
	}
	b = handHead(handText(b, "time"), 0, f.Time)
	b = handHead(handText(b, "epoch"), 0, f.Epoch)
	b = handHead(handText(b, "round"), 0, f.Round)
	b = handHead(handText(b, "approves"), 4, uint64(len(f.Approves)))
	for _, id := range f.Approves {
		b = handLink(b, id)
	}
	return b
}

// handHead appends the head of a CBOR item (RFC 8949, section 3) in its shortest form.
func handHead(b []byte, major byte, n uint64) []byte {
	switch {
	case n < 24:
		return append(b, major<<5|byte(n))
	case n < 1<<8:
		return append(b, major<<5|24, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, major<<5|25), uint16(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32(append(b, major<<5|26), uint32(n))
	default:
		return binary.BigEndian.AppendUint64(append(b, major<<5|27), n)
	}
}

func handText(b []byte, s string) []byte    { return append(handHead(b, 3, uint64(len(s))), s...) }
func handBytes(b []byte, raw []byte) []byte { return append(handHead(b, 2, uint64(len(raw))), raw...) }
func handLink(b []byte, id dag.ID) []byte {
	return handBytes(handHead(b, 6, 42), append([]byte{0}, id.CID().Bytes()...))
}

func TestEncodingAgreesWithHandWrittenTwin(t *testing.T) {
	signer := seededSigner(1)
	rapid.Check(t, func(t *rapid.T) {
		v := mustSign(t, drawFields(t, signer), signer)
		if want := handEncode(fieldsOf(v.Event), v.Signature()); !bytes.Equal(v.Block(), want) {
			t.Fatalf("block %x\nwant  %x", v.Block(), want)
		}
	})
}

// TestEventFormatDoesNotDrift pins the id of one event: if it changes, every stored ledger becomes unreadable.
func TestEventFormatDoesNotDrift(t *testing.T) {
	signer := seededSigner(1)
	v := mustSign(t, payloadFields(signer), signer)
	const want = "bafyreigm4bd6nwlnis5pcb5hlxlyqxooa4rb3purofrnlu6n62tfzdlihy"
	if v.ID().String() != want {
		t.Errorf("id is %s, want %s", v.ID(), want)
	}
}

func TestDecodeRefusesForeignForms(t *testing.T) {
	signer := seededSigner(1)
	v := mustSign(t, payloadFields(signer), signer)
	block, prev := v.Block(), v.Prev()
	cases := []struct{ name, old, replacement string }{
		{"map of indefinite length", "\xad\x61v", "\xbf\x61v"},
		{"twelve of thirteen fields counted", "\xad\x61v", "\xac\x61v"},
		{"version 0", "\x61v\x01", "\x61v\x00"},
		{"version in a long form", "\x61v\x01", "\x61v\x18\x01"},
		{"version as a float", "\x61v\x01", "\x61v\xf9\x3c\x00"},
		{"version as text", "\x61v\x01", "\x61v\x611"},
		{"unknown field", "\x61v", "\x61w"},
		{"field name in another case", "\x61v", "\x61V"},
		{"field twice", "\x65round\x00", "\x65epoch\x00"},
		{"fields in another order", "\x65epoch\x01\x65round\x00", "\x65round\x00\x65epoch\x01"},
		{"negative seq", "\x63seq\x02", "\x63seq\x21"},
		{"seq as a big number", "\x63seq\x02", "\x63seq\xc2\x41\x02"},
		{"epoch 0", "\x65epoch\x01", "\x65epoch\x00"},
		{"body of indefinite length", "\x64body\x43\x01\x02\x03", "\x64body\x5f\x43\x01\x02\x03\xff"},
		{"body as text", "\x64body\x43\x01\x02\x03", "\x64body\x63\x01\x02\x03"},
		{"body as a list of numbers", "\x64body\x43\x01\x02\x03", "\x64body\x83\x01\x02\x03"},
		{"body null", "\x64body\x43\x01\x02\x03", "\x64body\xf6"},
		{"kind as bytes", "\x64kind\x68", "\x64kind\x48"},
		{"kind not in UTF-8", "\x64kind\x68t", "\x64kind\x68\xff"},
		{"prev without its tag", "\x64prev\xd8\x2a", "\x64prev"},
		{"prev under another tag", "\x64prev\xd8\x2a", "\x64prev\xd8\x2b"},
		{"prev without the identity prefix", "\x64prev\xd8\x2a\x58\x25\x00", "\x64prev\xd8\x2a\x58\x24"},
		{"prev of zeros in place of null", string(prev[:]), string(make([]byte, 32))},
		{"prev null though seq is 2", "\x64prev" + string(handLink(nil, prev)), "\x64prev\xf6"},
		{"prev with another codec", "\x64prev\xd8\x2a\x58\x25\x00\x01\x71", "\x64prev\xd8\x2a\x58\x25\x00\x01\x55"},
		{"approvals of indefinite length", "\x68approves\x82", "\x68approves\x9f"},
		{"short key", "\x63key\x58\x20", "\x63key\x58\x1f"},
	}
	for _, c := range cases {
		forged := bytes.Replace(block, []byte(c.old), []byte(c.replacement), 1)
		if bytes.Equal(forged, block) {
			t.Errorf("%s: the block has no %x", c.name, c.old)
		} else if _, err := dag.Decode(forged); !errors.Is(err, dag.ErrMalformed) || errors.Is(err, dag.ErrVersion) {
			t.Errorf("%s: error is %v, want ErrMalformed", c.name, err)
		}
	}
}

// An event of a later version is told from a malformed one, whatever else that version changes.
func TestDecodeTellsLaterVersions(t *testing.T) {
	signer := seededSigner(1)
	block := string(mustSign(t, payloadFields(signer), signer).Block())
	fields, ok := strings.CutPrefix(block, "\xad\x61v\x01")
	if !ok {
		t.Fatalf("the block begins with %x", block[:4])
	}
	for name, later := range map[string]string{
		"no other change":  "\xad\x61v\x02" + fields,
		"a further field":  "\xae\x61v\x02" + fields + "\x69the-field\xf6",
		"fewer fields":     "\xa1\x61v\x18\xff",
		"many fields":      "\xb8\x20\x61v\x19\x01\x00" + fields,
		"a larger event":   "\xad\x61v\x03" + strings.Repeat("x", dag.MaxEventSize),
		"a far version":    "\xad\x61v\x1b\xff\xff\xff\xff\xff\xff\xff\xff" + fields,
		"another encoding": "\xad\x61v\x02\xff\xff",
	} {
		if _, err := dag.Decode([]byte(later)); !errors.Is(err, dag.ErrVersion) || errors.Is(err, dag.ErrMalformed) {
			t.Errorf("%s: error is %v, want ErrVersion", name, err)
		}
	}
	for name, foreign := range map[string]string{
		"nothing": "", "a map without entries": "\xa0", "a cut map": "\xb8", "a list": "\x82\x61v\x02",
		"another key": "\xa1\x61w\x02", "a cut version": "\xa1\x61v\x19\x01", "version as text": "\xa1\x61v\x612",
	} {
		if _, err := dag.Decode([]byte(foreign)); !errors.Is(err, dag.ErrMalformed) {
			t.Errorf("%s: error is %v, want ErrMalformed", name, err)
		}
	}
}

func TestDecodeRefusesOtherLengths(t *testing.T) {
	signer := seededSigner(1)
	block := mustSign(t, payloadFields(signer), signer).Block()
	for n := range block {
		if _, err := dag.Decode(block[:n]); !errors.Is(err, dag.ErrMalformed) {
			t.Errorf("first %d bytes: error is %v, want ErrMalformed", n, err)
		}
	}
	for _, tail := range []string{"\x00", "\xf6", string(block)} {
		if _, err := dag.Decode(append(bytes.Clone(block), tail...)); !errors.Is(err, dag.ErrMalformed) {
			t.Errorf("%d bytes more: error is %v, want ErrMalformed", len(tail), err)
		}
	}
	if _, err := dag.Decode(make([]byte, dag.MaxEventSize+1)); !errors.Is(err, dag.ErrMalformed) {
		t.Errorf("oversized block: error is %v, want ErrMalformed", err)
	}
}

// TestEveryChangedByteIsNoticed flips each bit of a block by itself: what still decodes
// has another id, and its signature does not hold.
func TestEveryChangedByteIsNoticed(t *testing.T) {
	signer := seededSigner(1)
	v := mustSign(t, payloadFields(signer), signer)
	for i := range v.Block() {
		for bit := range 8 {
			block := bytes.Clone(v.Block())
			block[i] ^= 1 << bit
			e, err := dag.Decode(block)
			if err != nil {
				continue
			}
			if _, err := dag.Verify(e); err == nil || e.ID() == v.ID() {
				t.Fatalf("byte %d, bit %d: a changed event passes as %s", i, bit, e.ID())
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	signer := seededSigner(1)
	fields := payloadFields(signer)
	f.Add(mustSign(f, fields, signer).Block())
	fields.Seq, fields.Prev, fields.Approves = 1, dag.ID{}, distinctIDs(dag.MaxApproves)
	f.Add(mustSign(f, fields, signer).Block())
	fields.Kind, fields.Body, fields.Round = "", nil, dag.MaxInteger
	f.Add(mustSign(f, fields, signer).Block())
	f.Fuzz(func(t *testing.T, block []byte) {
		e, err := dag.Decode(block)
		if err != nil {
			if errors.Is(err, dag.ErrMalformed) == errors.Is(err, dag.ErrVersion) {
				t.Errorf("error is %v, want either ErrMalformed or ErrVersion", err)
			}
			return
		}
		if !bytes.Equal(e.Block(), block) || e.ID() != dag.HashBlock(block) {
			t.Error("block or id differ from what was decoded")
		}
		if want := handEncode(fieldsOf(e), e.Signature()); !bytes.Equal(block, want) {
			t.Errorf("a second encoding passes: %x, canonical is %x", block, want)
		}
	})
}

// BenchmarkDecodeAndVerify reads and verifies events in batches of 64, and reports the ratio of its rate to that of
// verifying the bare signatures in batches of the same size.
func BenchmarkDecodeAndVerify(b *testing.B) {
	const size = 64
	signer := seededSigner(1)
	blocks := make([][]byte, size)
	messages := make([][]byte, size)
	sigs := make([]dag.Signature, size)
	for i := range blocks {
		fields := payloadFields(signer)
		fields.Time += uint64(i)
		v := mustSign(b, fields, signer)
		blocks[i], messages[i] = v.Block(), dag.SignedMessage("bench", fields.Network, v.Block())
		sigs[i], _ = signer.Sign("bench", fields.Network, v.Block())
	}
	bare := barePerBatch(signer.Key(), messages, sigs)
	for b.Loop() {
		events := make([]*dag.Event, size)
		for i, block := range blocks {
			e, err := dag.Decode(block)
			if err != nil {
				b.Fatal(err)
			}
			events[i] = e
		}
		if _, err := dag.VerifyBatch(events, rand.Reader); err != nil {
			b.Fatal(err)
		}
	}
	perBatch := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
	b.ReportMetric(perBatch/size, "ns/event")
	b.ReportMetric(float64(bare.Nanoseconds())/perBatch, "of-bare-rate")
}

// barePerBatch measures the verification of the signatures alone.
func barePerBatch(key dag.Key, messages [][]byte, sigs []dag.Signature) time.Duration {
	const rounds = 100
	start := time.Now()
	for range rounds {
		var batch dag.BatchVerifier
		for i := range messages {
			batch.Add(key, messages[i], sigs[i])
		}
		batch.Verify(rand.Reader)
	}
	return time.Since(start) / rounds
}

// BenchmarkDecode reads one event without its signature.
func BenchmarkDecode(b *testing.B) {
	signer := seededSigner(1)
	block := mustSign(b, payloadFields(signer), signer).Block()
	b.SetBytes(int64(len(block)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := dag.Decode(block); err != nil {
			b.Fatal(err)
		}
	}
}
