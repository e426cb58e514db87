package proof

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

func TestCosignGuardsTheMember(t *testing.T) {
	committee, signers := newCommittee(1, 1)
	last := TreeHead{Size: 5, Root: numbered(5)}
	for _, c := range []struct {
		name   string
		signer RawSigner
		head   TreeHead
		want   error
	}{
		{"larger", signers[0], TreeHead{6, numbered(6)}, nil},
		{"the same again", signers[0], last, nil},
		{"smaller", signers[0], TreeHead{4, numbered(4)}, ErrRegress},
		{"same size, other root", signers[0], TreeHead{5, numbered(4)}, ErrRegress},
		{"impossible size", signers[0], TreeHead{1 << 60, numbered(4)}, ErrMalformed},
		{"a stranger", dag.NewSigner(seed("stranger", 0)), TreeHead{6, numbered(6)}, ErrUnknownSigner},
	} {
		v, err := Cosign(c.signer, committee, last, c.head, fixtureTime)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if err != nil {
			continue
		}
		if checked, err := v.Verify(committee); err != nil || checked != v {
			t.Errorf("%s: checked as %v, %v", c.name, checked, err)
		}
	}
	if _, err := Cosign(signers[0], committee, TreeHead{}, TreeHead{}, fixtureTime); err == nil {
		t.Error("signed an empty log")
	}
}

func TestCosignatureVerifyRefuses(t *testing.T) {
	committee, signers := newCommittee(1, 1)
	good := cosign(t, committee, signers, TreeHead{5, numbered(5)}, 1)[0].Cosignature
	for _, c := range []struct {
		name   string
		change func(*Cosignature, *Committee)
		want   error
	}{
		{"size", func(c *Cosignature, _ *Committee) { c.Head.Size++ }, dag.ErrSignature},
		{"root", func(c *Cosignature, _ *Committee) { c.Head.Root[0]++ }, dag.ErrSignature},
		{"time", func(c *Cosignature, _ *Committee) { c.Timestamp++ }, dag.ErrSignature},
		{"signature", func(c *Cosignature, _ *Committee) { c.Signature[40]++ }, dag.ErrSignature},
		{"member", func(c *Cosignature, _ *Committee) { c.Member = 0 }, dag.ErrSignature},
		{"epoch", func(c *Cosignature, _ *Committee) { c.Epoch++ }, ErrOtherEpoch},
		{"epoch of the committee", func(_ *Cosignature, c *Committee) { c.Epoch++ }, ErrOtherEpoch},
		{"no such member", func(c *Cosignature, _ *Committee) { c.Member = 2 }, ErrUnknownSigner},
		{"negative member", func(c *Cosignature, _ *Committee) { c.Member = -1 }, ErrMalformed},
		{"network", func(_ *Cosignature, c *Committee) { c.Network[0]++ }, dag.ErrSignature},
	} {
		cosignature, other := good, committee
		c.change(&cosignature, &other)
		if _, err := cosignature.Verify(other); !errors.Is(err, c.want) {
			t.Errorf("changed %s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestCosignatureEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Cosignature{
			Head:      TreeHead{Size: rapid.Uint64Range(1, dag.MaxInteger).Draw(t, "size"), Root: numbered(rapid.Uint64().Draw(t, "root"))},
			Epoch:     rapid.Uint64Range(0, dag.MaxInteger).Draw(t, "epoch"),
			Member:    rapid.IntRange(0, MaxMembers-1).Draw(t, "member"),
			Timestamp: rapid.Uint64Range(0, dag.MaxInteger).Draw(t, "time"),
		}
		c.Signature[rapid.IntRange(0, 63).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		b := c.Encode()
		if back, err := DecodeCosignature(b); err != nil || back != c || len(b) != CosignatureSize {
			t.Fatalf("%v comes back as %v, %v", c, back, err)
		}
	})
}

func TestDecodeCosignatureRefuses(t *testing.T) {
	committee, signers := newCommittee(1)
	good := cosign(t, committee, signers, TreeHead{5, numbered(5)}, 0)[0].Encode()
	for name, change := range map[string]func(b []byte) []byte{
		"empty":    func([]byte) []byte { return nil },
		"short":    func(b []byte) []byte { return b[1:] },
		"long":     func(b []byte) []byte { return append(b, 0) },
		"version":  func(b []byte) []byte { b[0] = 1; return b },
		"size 0":   func(b []byte) []byte { b[8] = 0; return b },
		"size":     func(b []byte) []byte { b[1] = 0x80; return b },
		"epoch":    func(b []byte) []byte { b[41] = 0x80; return b },
		"member":   func(b []byte) []byte { b[49] = MaxMembers; return b },
		"far time": func(b []byte) []byte { b[50] = 0x80; return b },
	} {
		if c, err := DecodeCosignature(change(bytes.Clone(good))); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
}

func FuzzDecodeCosignature(f *testing.F) {
	committee, signers := newCommittee(1)
	f.Add(cosign(f, committee, signers, TreeHead{5, numbered(5)}, 0)[0].Encode())
	f.Add(make([]byte, CosignatureSize))
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := DecodeCosignature(b); err == nil && !bytes.Equal(c.Encode(), b) {
			t.Errorf("%x reads as %v", b, c)
		}
	})
}
