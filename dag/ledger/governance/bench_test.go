package governance

import (
	"fmt"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// BenchmarkAdmit applies an admission. Its ratio is to the three bare signature checks that it cannot do without.
func BenchmarkAdmit(b *testing.B) {
	n := found(b, DefaultParameters(), 1)
	a := &Admit{SignedApplication: *keys(5).apply(b, "gw-5", testNetwork, keys(0).event(), invitation(1))}
	body, err := a.Encode()
	if err != nil {
		b.Fatal(err)
	}
	e := n.event(0, keys(0).account(), KindAdmit, body)
	b.ReportAllocs()
	for b.Loop() {
		if _, receipt := n.rules.Apply(n.state, e, false); receipt.Status != ledger.StatusApplied {
			b.Fatal(receipt.Reason)
		}
	}
	whole := b.Elapsed() / time.Duration(b.N)
	b.ReportMetric(float64(whole)/float64(3*bareCheck(b)), "x-signatures")
}

// bareCheck measures one signature check.
func bareCheck(b *testing.B) time.Duration {
	signer, message := keys(1).signer(0), make([]byte, 300)
	signature := signer.SignRaw(message)
	const rounds = 200
	begin := time.Now()
	for range rounds {
		if !dag.VerifyRaw(signer.Key(), message, signature) {
			b.Fatal("signature")
		}
	}
	return time.Since(begin) / rounds
}

// BenchmarkRead reads the terms of networks of some sizes.
func BenchmarkRead(b *testing.B) {
	for _, size := range []int{100, 2_000} {
		b.Run(fmt.Sprintf("members=%d", size), func(b *testing.B) {
			s := sized(b, size)
			for b.Loop() {
				if _, err := Read(s); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*size), "ns/member")
		})
	}
}

// BenchmarkSeal seals an epoch in which nothing happened.
func BenchmarkSeal(b *testing.B) {
	n := found(b, DefaultParameters(), 1)
	n.state = sized(b, 2_000)
	for b.Loop() {
		n.rules.Seal(n.state)
	}
}

// sized returns a state with so many members, MaxSeats of them with a seat at most.
func sized(b *testing.B, size int) *ledger.State {
	var members []Member
	for i := range size {
		m := keys(i).member(0)
		if i < MaxSeats {
			m.Weight = 1
		}
		members = append(members, m)
	}
	entries, err := Genesis(members, DefaultParameters())
	if err != nil {
		b.Fatal(err)
	}
	s, err := ledger.Genesis(nil, entries...)
	if err != nil {
		b.Fatal(err)
	}
	return s
}
