package finality_test

import (
	"testing"
)

func equalWeights(n int) []uint64 {
	weights := make([]uint64, n)
	for i := range weights {
		weights[i] = 1
	}
	return weights
}

func TestHonestCommitteeOrdersAllAndFallsSilent(t *testing.T) {
	for _, members := range []int{1, 2, 3, 4, 7, 16} {
		n := newNet(t, uint64(members), 50, 150, equalWeights(members)...)
		n.payloads(100, 50)
		if !n.run(n.now + 60_000) {
			t.Fatalf("%d members: still busy after a minute", members)
		}
		took := n.check()
		t.Logf("%d members: finality median %d ms, 99th percentile %d ms, worst %d ms, %d witness events, end at %d",
			members, took[len(took)/2], took[len(took)*99/100], took[len(took)-1], n.witness, n.now-1_000_000)
	}
}
