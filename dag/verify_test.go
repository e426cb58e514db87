package dag_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

// forge returns the event with one bit of its signature changed: it decodes, under another id.
func forge(t interface {
	Helper()
	Fatal(args ...any)
}, v dag.Verified) *dag.Event {
	t.Helper()
	block, sig := bytes.Clone(v.Block()), v.Signature()
	block[bytes.Index(block, sig[:])] ^= 1
	e, err := dag.Decode(block)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestVerifyRefusesForgery(t *testing.T) {
	signer := seededSigner(1)
	v := mustSign(t, payloadFields(signer), signer)
	e := forge(t, v)
	if e.ID() == v.ID() {
		t.Error("a forgery has the id of the original")
	}
	if _, err := dag.Verify(e); !errors.Is(err, dag.ErrSignature) {
		t.Errorf("error is %v, want ErrSignature", err)
	}
}

func TestVerifyBatchAgreesWithVerify(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var events []*dag.Event
		for i, good := range rapid.SliceOfN(rapid.Bool(), 0, 12).Draw(t, "good") {
			signer := seededSigner(byte(i % 3))
			v := mustSign(t, payloadFields(signer), signer)
			e := v.Event
			if !good {
				e = forge(t, v)
			}
			events = append(events, e)
		}
		batch, err := dag.VerifyBatch(events, rand.Reader)
		if err != nil || len(batch) != len(events) {
			t.Fatalf("%d results for %d events, %v", len(batch), len(events), err)
		}
		for i, e := range events {
			single, err := dag.Verify(e)
			if single != batch[i] || (err == nil) != (batch[i].Event == e) {
				t.Fatalf("event %d: single %v (%v), batch %v", i, single, err, batch[i])
			}
		}
	})
}

func TestEventSignatureIsBoundToItsPurposeAndNetwork(t *testing.T) {
	signer := seededSigner(1)
	v := mustSign(t, payloadFields(signer), signer)
	other := payloadFields(signer)
	other.Network = dag.NetworkID{0xbb}
	w := mustSign(t, other, signer)
	if v.Signature() == w.Signature() || v.ID() == w.ID() {
		t.Error("the same event on two networks has one signature or one id")
	}
	if dag.VerifyRaw(signer.Key(), v.Block(), v.Signature()) {
		t.Error("the signature covers the bare block, without the prefix")
	}
}
