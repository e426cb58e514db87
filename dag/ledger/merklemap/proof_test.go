package merklemap

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestProofs proves every key, present or not, of random maps through the binary form.
func TestProofs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := mapOf(rapid.MapOf(rapid.Custom(drawKey), rapid.Custom(drawValue)).Draw(t, "entries"))
		root := m.Root()
		for i := range 41 {
			key := fmt.Appendf(nil, "key%d", i)
			made := m.Prove(key)
			p, err := DecodeProof(made.Encode())
			if err != nil {
				t.Fatal(err)
			}
			value, present := m.Get(key)
			inclusion, absence := p.Verify(root, key, value), p.VerifyAbsent(root, key)
			if (inclusion == nil) != present || (absence == nil) == present {
				t.Fatalf("%s, present %v: inclusion says %v, absence %v", key, present, inclusion, absence)
			}
			if p.Verify(root, key, append(bytes.Clone(value), 'x')) == nil {
				t.Fatalf("%s: proof holds for another value", key)
			}
		}
	})
}

// TestProofTampered changes every byte of a proof, every step's place, the root and the key, and wants none of it to hold.
func TestProofTampered(t *testing.T) {
	m := filled(300)
	root, absent := m.Root(), []byte("nobody")
	refused := func(what string, p Proof) {
		t.Helper()
		if p.Verify(root, keyOf(5), []byte("0123456789abcdef")) == nil {
			t.Errorf("%s: inclusion holds", what)
		}
		if p.VerifyAbsent(root, keyOf(5)) == nil {
			t.Errorf("%s: absence of what is present holds", what)
		}
	}
	good, other := m.Prove(keyOf(5)), m.Prove(absent)
	if err := good.Verify(root, keyOf(5), []byte("0123456789abcdef")); err != nil {
		t.Fatal(err)
	}
	if err := other.VerifyAbsent(root, absent); err != nil {
		t.Fatal(err)
	}
	encoded := good.Encode()
	for i := range encoded {
		changed := bytes.Clone(encoded)
		changed[i] ^= 1
		if p, err := DecodeProof(changed); err == nil {
			refused(fmt.Sprint("byte ", i), p)
		}
	}
	for i := range good.Steps {
		refused(fmt.Sprint("without step ", i), Proof{slices.Delete(slices.Clone(good.Steps), i, i+1), good.Leaf})
		refused(fmt.Sprint("step twice ", i), Proof{slices.Insert(slices.Clone(good.Steps), i, good.Steps[i]), good.Leaf})
	}
	refused("another's proof", other)
	refused("empty map", Proof{})
	refused("no leaf", Proof{good.Steps, nil})
	if bad := m.Set(absent, nil).Root(); other.VerifyAbsent(bad, absent) == nil {
		t.Error("absence holds against the root that has the key")
	}
}

func TestDecodeProofRefused(t *testing.T) {
	m := filled(10)
	p := m.Prove(keyOf(1))
	good := p.Encode()
	if len(p.Steps) < 2 {
		t.Fatal("too few steps to swap")
	}
	swapped := Proof{slices.Clone(p.Steps), p.Leaf}
	swapped.Steps[0], swapped.Steps[1] = swapped.Steps[1], swapped.Steps[0]
	for name, b := range map[string][]byte{
		"cut":      good[:len(good)-1],
		"longer":   append(bytes.Clone(good), 0),
		"no leaf":  good[:leafSize-1],
		"swapped":  swapped.Encode(),
		"too long": make([]byte, MaxProofSize+stepSize),
	} {
		if _, err := DecodeProof(b); !errors.Is(err, ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecodeProof(f *testing.F) {
	m := filled(20)
	p := m.Prove(keyOf(3))
	f.Add(p.Encode())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := DecodeProof(b)
		if err != nil {
			if !errors.Is(err, ErrProof) {
				t.Fatalf("%v does not wrap ErrProof", err)
			}
			return
		}
		if again := p.Encode(); !bytes.Equal(again, b) {
			t.Fatalf("%x encodes again as %x", b, again)
		}
		if p.Verify(m.Root(), keyOf(3), []byte("forged")) == nil || p.VerifyAbsent(m.Root(), keyOf(3)) == nil {
			t.Fatal("a false statement was proved")
		}
	})
}
