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

func BenchmarkVerifyFile(b *testing.B) {
	for _, members := range []int{4, 100} {
		b.Run(fmt.Sprintf("members=%d", members), func(b *testing.B) {
			s := newScene(b, ledger.StatusApplied)
			s.committee, s.signers = newCommittee(slices.Repeat([]uint64{1}, members)...)
			signing := make([]int, 2*members/3+1)
			for i := range signing {
				signing[i] = i
			}
			s.sign(b, signing...)
			file := encode(b, s.readingFile(b))
			for b.Loop() {
				f, err := Parse(file)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := Verify(f, s.committee); err != nil {
					b.Fatal(err)
				}
			}
			each := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
			signer := dag.NewSigner(seed("bare", 0))
			message := make([]byte, 150)
			sig := signer.SignRaw(message)
			bare := perRun(func() { dag.VerifyRaw(signer.Key(), message, sig) })
			b.ReportMetric(each/(float64(len(signing)+1)*bare), "x_bare_signatures")
		})
	}
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
