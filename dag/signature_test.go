package dag_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha512"
	"encoding/hex"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

// Constants of edwards25519 (RFC 8032, section 5.1): the field's prime, the group's order, and d.
var (
	fieldPrime = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	groupOrder = new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), 252), decimal("27742317777372353535851937790883648493"))
	curveD     = inField(new(big.Int).Mul(big.NewInt(-121665), new(big.Int).ModInverse(big.NewInt(121666), fieldPrime)))
)

func decimal(s string) *big.Int {
	n, _ := new(big.Int).SetString(s, 10)
	return n
}

func inField(n *big.Int) *big.Int { return n.Mod(n, fieldPrime) }

// littleEndian32 writes n as 32 bytes, the lowest first.
func littleEndian32(n *big.Int) (out [32]byte) {
	n.FillBytes(out[:])
	slices.Reverse(out[:])
	return out
}

// smallOrderEncodings returns all 14 encodings of the eight points of small order, canonical or not, as ZIP-215 accepts
// them: y is 1, -1, 0, or one of the two values at order 8; y may be written with p added where it still fits 255 bits; the sign bit
// may be set where x is 0.
func smallOrderEncodings() [][32]byte {
	zero, one := big.NewInt(0), big.NewInt(1)
	ys := []*big.Int{zero, one, new(big.Int).Sub(fieldPrime, one), fieldPrime, new(big.Int).Add(fieldPrime, one)}
	// Twice a point of order 8 has y = 0, hence y^2 = -x^2, and the curve equation becomes d y^4 + 2 y^2 - 1 = 0.
	root := new(big.Int).ModSqrt(new(big.Int).Add(one, curveD), fieldPrime)
	for _, r := range []*big.Int{root, new(big.Int).Neg(root)} {
		square := new(big.Int).Sub(r, one)
		square = inField(square.Mul(square, new(big.Int).ModInverse(curveD, fieldPrime)))
		if y := new(big.Int).ModSqrt(square, fieldPrime); y != nil {
			ys = append(ys, y, new(big.Int).Sub(fieldPrime, y))
		}
	}
	var out [][32]byte
	for _, y := range ys {
		plain := littleEndian32(y)
		signed := plain
		signed[31] |= 0x80
		out = append(out, plain, signed)
	}
	return out
}

// checkAlike verifies one signature singly and in a batch among good ones, and fails unless both say want.
func checkAlike(t interface {
	Helper()
	Errorf(format string, args ...any)
}, key dag.Key, message []byte, sig dag.Signature, want bool) {
	t.Helper()
	signer := seededSigner(7)
	good := signer.SignRaw([]byte("good"))
	var batch dag.BatchVerifier
	batch.Add(signer.Key(), []byte("good"), good)
	batch.Add(key, message, sig)
	batch.Add(signer.Key(), []byte("good"), good)
	if got := dag.VerifyRaw(key, message, sig); got != want {
		t.Errorf("key %x, signature %x: single verification says %t", key[:], sig[:], got)
	}
	if got := batch.Verify(rand.Reader); !slices.Equal(got, []bool{true, want, true}) {
		t.Errorf("key %x, signature %x: batch verification says %v", key[:], sig[:], got)
	}
}

// TestZIP215SmallOrder: with s = 0 and both A and R of small order, the cofactored equation [8][s]B = [8]R + [8][k]A holds for
// every message, in every encoding (https://zips.z.cash/zip-0215).
func TestZIP215SmallOrder(t *testing.T) {
	encodings := smallOrderEncodings()
	if len(encodings) != 14 {
		t.Fatalf("%d encodings of small-order points, want 14", len(encodings))
	}
	for _, a := range encodings {
		for _, r := range encodings {
			checkAlike(t, a, []byte("Zcash"), dag.Signature(append(r[:], make([]byte, 32)...)), true)
		}
	}
}

// TestZIP215Cofactor: R is a point of small order and s = k a, so [s]B and R + [k]A differ by R, which the cofactor clears. The
// standard library, which does not multiply by it, refuses all but the identity.
func TestZIP215Cofactor(t *testing.T) {
	seed, message := [32]byte{9}, []byte("cofactor")
	key := dag.NewSigner(seed).Key()
	refused := 0
	for _, r := range smallOrderEncodings() {
		k := sha512.Sum512(slices.Concat(r[:], key[:], message))
		s := new(big.Int).Mul(leInt(k[:]), secretScalar(seed))
		low := littleEndian32(s.Mod(s, groupOrder))
		sig := dag.Signature(append(r[:], low[:]...))
		checkAlike(t, key, message, sig, true)
		if !ed25519.Verify(key[:], message, sig[:]) {
			refused++
		}
	}
	if refused != 13 {
		t.Errorf("the cofactorless rule refuses %d of 14, want 13", refused)
	}
}

// leInt reads a number whose lowest byte comes first.
func leInt(b []byte) *big.Int {
	b = bytes.Clone(b)
	slices.Reverse(b)
	return new(big.Int).SetBytes(b)
}

// secretScalar expands a seed as RFC 8032, section 5.1.5, does.
func secretScalar(seed [32]byte) *big.Int {
	h := sha512.Sum512(seed[:])
	h[0] &= 248
	h[31] = h[31]&127 | 64
	return leInt(h[:32])
}

// TestZIP215RefusesLargeScalar: s must be below the group order, else every signature would have a second form.
func TestZIP215RefusesLargeScalar(t *testing.T) {
	signer, message := seededSigner(3), []byte("scalar")
	sig := signer.SignRaw(message)
	second := littleEndian32(new(big.Int).Add(leInt(sig[32:]), groupOrder))
	forged := dag.Signature(append(bytes.Clone(sig[:32]), second[:]...))
	checkAlike(t, signer.Key(), message, sig, true)
	checkAlike(t, signer.Key(), message, forged, false)
	order := littleEndian32(groupOrder)
	for _, e := range smallOrderEncodings() {
		checkAlike(t, e, message, dag.Signature(append(e[:], order[:]...)), false)
	}
}

// TestZIP215RefusesWhatIsNoPoint takes y = 2, for which x^2 = (y^2 - 1) / (d y^2 + 1) is no square.
func TestZIP215RefusesWhatIsNoPoint(t *testing.T) {
	x2 := new(big.Int).ModInverse(inField(new(big.Int).Add(new(big.Int).Mul(big.NewInt(4), curveD), big.NewInt(1))), fieldPrime)
	if big.Jacobi(inField(x2.Mul(x2, big.NewInt(3))), fieldPrime) != -1 {
		t.Fatal("y = 2 is on the curve")
	}
	noPoint, identity := [32]byte{2}, [32]byte{1}
	checkAlike(t, noPoint, nil, dag.Signature(append(identity[:], make([]byte, 32)...)), false)
	checkAlike(t, identity, nil, dag.Signature(append(noPoint[:], make([]byte, 32)...)), false)
}

// TestSignatureAgreesWithRFC8032 uses the first test of RFC 8032, section 7.1.
func TestSignatureAgreesWithRFC8032(t *testing.T) {
	unhex := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	signer := dag.NewSigner([32]byte(unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")))
	wantKey := dag.Key(unhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"))
	wantSig := dag.Signature(unhex("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155" +
		"5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"))
	if signer.Key() != wantKey || signer.SignRaw(nil) != wantSig {
		t.Errorf("key %x, signature %x", signer.Key(), signer.SignRaw(nil))
	}
}

func TestBatchAgreesWithSingleAndWithStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		signer := dag.NewSigner(drawBytes32(t, "seed"))
		message := rapid.SliceOf(rapid.Byte()).Draw(t, "message")
		key, sig := signer.Key(), signer.SignRaw(message)
		switch rapid.IntRange(0, 3).Draw(t, "fault") {
		case 1:
			sig[rapid.IntRange(0, 63).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		case 2:
			key[rapid.IntRange(0, 31).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		case 3:
			message = append(message, 0)
		}
		checkAlike(t, key, message, sig, ed25519.Verify(key[:], message, sig[:]))
	})
}

func TestSignedMessageNamesPurposeAndNetwork(t *testing.T) {
	network, signer := dag.NetworkID{1}, seededSigner(4)
	want := append(append([]byte("lot/vote/v1\n"), network[:]...), "body"...)
	if got := dag.SignedMessage("vote", network, []byte("body")); !bytes.Equal(got, want) {
		t.Errorf("signed message is %q, want %q", got, want)
	}
	sig, err := signer.Sign("vote", network, []byte("body"))
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		kind    string
		network dag.NetworkID
		body    string
		want    bool
	}{
		{"vote", network, "body", true},
		{"note", network, "body", false},
		{"vote", dag.NetworkID{2}, "body", false},
		{"vote", network, "bodies", false},
	}
	for _, c := range cases {
		if got := dag.VerifySignature(signer.Key(), c.kind, c.network, []byte(c.body), sig); got != c.want {
			t.Errorf("%s on %s over %q: %t", c.kind, c.network, c.body, got)
		}
	}
}

func TestBatchVerifierIsEmptyAfterUse(t *testing.T) {
	signer := seededSigner(5)
	var batch dag.BatchVerifier
	if got := batch.Verify(rand.Reader); len(got) != 0 {
		t.Errorf("a fresh batch has %d results", len(got))
	}
	batch.Add(signer.Key(), []byte("other"), signer.SignRaw([]byte("message")))
	if got := batch.Verify(rand.Reader); !slices.Equal(got, []bool{false}) {
		t.Errorf("a bad signature gives %v", got)
	}
	if got := batch.Verify(rand.Reader); len(got) != 0 {
		t.Errorf("a used batch keeps %d results", len(got))
	}
	batch.Add(signer.Key(), []byte("message"), signer.SignRaw([]byte("message")))
	if got := batch.Verify(rand.Reader); !slices.Equal(got, []bool{true}) {
		t.Errorf("a good signature after a bad batch gives %v", got)
	}
}
