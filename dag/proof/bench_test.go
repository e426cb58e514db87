package proof

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// perRun returns the time that one run of work takes, for ratios to a bare limit measured beside a benchmark.
func perRun(work func()) float64 {
	const runs = 500
	start := time.Now()
	for range runs {
		work()
	}
	return float64(time.Since(start).Nanoseconds()) / runs
}

// bareNode is the time of one SHA-256 over what an interior node hashes.
func bareNode() float64 {
	var node [65]byte
	return perRun(func() { sum := sha256.Sum256(node[:]); node[1] = sum[0] })
}

func BenchmarkLogAppend(b *testing.B) {
	leaf := EventLeaf{Status: ledger.StatusApplied}
	var log Log
	for n := 0; b.Loop(); n++ {
		leaf.Event = dag.ID{byte(n), byte(n >> 8), byte(n >> 16)}
		if _, err := log.Append(leaf.Hash()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/bareNode(), "x_bare_sha256")
}

func BenchmarkBatch(b *testing.B) {
	readings := newReadings(ledger.MaxAnchorCount)
	for b.Loop() {
		if _, err := NewBatch(readings); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(2*ledger.MaxAnchorCount*bareNode()), "x_bare_sha256")
}

// bareSignature is the time of one check of a signature over what a cosignature covers.
func bareSignature() float64 {
	signer := dag.NewSigner(seed("bare", 0))
	message := make([]byte, 150)
	sig := signer.SignRaw(message)
	return perRun(func() { dag.VerifyRaw(signer.Key(), message, sig) })
}

// reportSignatures reports the time of a run in units of the signatures that it cannot do without.
func reportSignatures(b *testing.B, signatures int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(float64(signatures)*bareSignature()), "x_bare_signatures")
}

func BenchmarkVerifyFile(b *testing.B) {
	for _, members := range []int{4, 16, 64, 100} {
		b.Run(fmt.Sprintf("members=%d", members), func(b *testing.B) {
			whole, committee := newLargeScene(b, members)
			file := encode(b, whole)
			for b.Loop() {
				f, err := Parse(file)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := Verify(f, committee); err != nil {
					b.Fatal(err)
				}
			}
			reportSignatures(b, 2*members/3+1+1)
		})
	}
}

func BenchmarkVerifyChain(b *testing.B) {
	const changes = 50
	for _, members := range []int{4, 64} {
		b.Run(fmt.Sprintf("changes=%d/members=%d", changes, members), func(b *testing.B) {
			var committees [][]int
			for n := range changes + 1 {
				committee := make([]int, members)
				for i := range committee {
					committee[i] = n + i
				}
				committees = append(committees, committee)
			}
			e := newEpochs(b, committees...)
			encoded := encodeChain(b, e.chain)
			for b.Loop() {
				c, err := DecodeChain(encoded)
				if err != nil {
					b.Fatal(err)
				}
				if _, _, err := c.Verify(fixtureNetwork, e.committees[0]); err != nil {
					b.Fatal(err)
				}
			}
			reportSignatures(b, changes*(members-1))
			b.ReportMetric(float64(len(encoded))/changes, "B/certificate")
		})
	}
}

func BenchmarkVerifyStateProof(b *testing.B) {
	s := newStateScene(b)
	p := s.prove(b, s.closing, s.at, 3)
	p.Chain = nil
	file, key := encodeState(b, p), ledger.AccountKey(holder(3))
	for b.Loop() {
		p, err := ParseStateProof(file)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := p.Verify(s.committees[1], key); err != nil {
			b.Fatal(err)
		}
	}
	reportSignatures(b, len(s.signed.Cosignatures()))
}

// BenchmarkTrim trims a million leaves of which one in a thousand stays.
func BenchmarkTrim(b *testing.B) {
	const leaves, one = 1 << 20, 1000
	keep := func(from, to uint64) bool { return (to-1)/one*one >= from }
	var dropped, ranges uint64
	for b.Loop() {
		dropped, ranges = 0, 0
		TrimRanges(0, leaves, keep, func(first, end uint64) { dropped, ranges = dropped+end-first, ranges+1 })
	}
	b.ReportMetric(float64(StoredCount(leaves)-dropped)/(leaves/one), "hashes/kept_leaf")
	b.ReportMetric(float64(ranges)/(leaves/one), "ranges/kept_leaf")
}

func BenchmarkCollectorAdd(b *testing.B) {
	committee, signers := newCommittee(slices.Repeat([]uint64{1}, MaxMembers)...)
	all := cosign(b, committee, signers, TreeHead{1, numbered(1)}, 0, 1, 2, 3, 4, 5, 6, 7)
	c, err := NewCollector(committee)
	if err != nil {
		b.Fatal(err)
	}
	for n := uint64(1); b.Loop(); n++ {
		v := all[n%8]
		v.Head.Size = n
		if _, err := c.Add(v); err != nil {
			b.Fatal(err)
		}
	}
}
