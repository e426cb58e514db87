package reading

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gowebpki/jcs"

	"github.com/ledgerofthings/lot/dag"
)

// bareCheck measures the time of one signature check without anything around it.
func bareCheck(b *testing.B) time.Duration {
	r := mustParse(b, mustSign(b, 1, plain))
	sum := r.SigningDigest()
	const rounds = 200
	start := time.Now()
	for range rounds {
		if !dag.VerifyRaw(r.Device(), sum[:], r.Signature()) {
			b.Fatal("signature")
		}
	}
	return time.Since(start) / rounds
}

// reportRatio states how many times a bare signature check one operation costs.
func reportRatio(b *testing.B, bare time.Duration) {
	perOp := float64(b.Elapsed()) / float64(b.N)
	b.ReportMetric(perOp/float64(bare), "checks/op")
}

func BenchmarkParse(b *testing.B) {
	raw := mustSign(b, 1, plain)
	bare := bareCheck(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(raw); err != nil {
			b.Fatal(err)
		}
	}
	reportRatio(b, bare)
}

func BenchmarkParseAndVerify(b *testing.B) {
	raw := mustSign(b, 1, plain)
	bare := bareCheck(b)
	for b.Loop() {
		r, err := Parse(raw)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Verify(r); err != nil {
			b.Fatal(err)
		}
	}
	reportRatio(b, bare)
}

// BenchmarkParseAndVerifyBatch handles 64 readings per operation and reports the cost of one.
func BenchmarkParseAndVerifyBatch(b *testing.B) {
	const size = 64
	raws := make([][]byte, size)
	for i := range raws {
		raws[i] = mustSign(b, byte(i), plain)
	}
	random := rand.NewChaCha8([32]byte{1})
	bare := bareCheck(b)
	readings := make([]*Reading, size)
	for b.Loop() {
		for i, raw := range raws {
			readings[i] = mustParse(b, raw)
		}
		for _, v := range VerifyBatch(readings, random) {
			if v.IsZero() {
				b.Fatal("signature")
			}
		}
	}
	reportRatio(b, bare*size)
	b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "readings/s")
}

// BenchmarkCanonical and BenchmarkCanonicalTwin show what the own canonicaliser saves.
func BenchmarkCanonical(b *testing.B) {
	did := device(1).Key().String()
	buffer := make([]byte, 0, 512)
	for b.Loop() {
		buffer = appendCanonical(buffer[:0], did, &plain)
	}
}

func BenchmarkCanonicalTwin(b *testing.B) {
	raw := appendCanonical(nil, device(1).Key().String(), &plain)
	for b.Loop() {
		if _, err := jcs.Transform(raw); err != nil {
			b.Fatal(err)
		}
	}
}
