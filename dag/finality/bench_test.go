package finality_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
)

// traffic makes events as a busy committee issues them: in every round each member's witness event and some payloads between.
func traffic(b *testing.B, members, rounds, payloads int) []dag.Verified {
	w := newWorld(mustCommittee(b, equalWeights(members)...), [32]byte{})
	var out []dag.Verified
	prev := make([]dag.Index, members)
	for m := range prev {
		prev[m] = dag.NoIndex
	}
	add := func(d draft) dag.Index {
		v := w.verified(b, d)
		i, err := w.arena.Intern(v)
		if err != nil {
			b.Fatal(err)
		}
		out = append(out, v)
		return i
	}
	device, last, tips := dag.NoIndex, []dag.Index{0, 1}, []dag.Index{0, 1}
	for round := uint64(1); round <= uint64(rounds); round++ {
		for n := range payloads {
			device = add(draft{
				key: testKey("device"), prev: device, approves: outsiderPair(last, device), payload: true, time: round, salt: uint64(n),
			})
		}
		tips = tips[:0]
		for m := range members {
			prev[m] = gatherAll(w, add, m, prev[m], slices.DeleteFunc(slices.Clone(last), func(i dag.Index) bool {
				return i == prev[m]
			}), round)
			tips = append(tips, prev[m])
		}
		last = append(slices.Clone(tips), device)
	}
	return out
}

// outsiderPair returns two events to approve, prev not among them.
func outsiderPair(last []dag.Index, prev dag.Index) []dag.Index {
	pair := slices.DeleteFunc(append(slices.Clone(last), 0, 1), func(i dag.Index) bool { return i == prev })
	return slices.Compact(pair)[:2]
}

// gatherAll issues as many events as it takes to approve all of last and to claim the round.
func gatherAll(w *world, add func(draft) dag.Index, m int, prev dag.Index, last []dag.Index, round uint64) dag.Index {
	key := w.rules.Committee().Member(m).Key
	for len(last) > dag.MaxApproves {
		prev = add(draft{key: key, prev: prev, approves: last[:dag.MaxApproves], round: max(1, round-1), time: round})
		last = last[dag.MaxApproves:]
	}
	if len(last) < dag.MinApproves {
		last = []dag.Index{0, 1}
	}
	return add(draft{key: key, prev: prev, approves: last, round: round, time: round})
}

// verifyTime returns how long checking one event's signature takes, in ns.
func verifyTime(b *testing.B) float64 {
	signer := dag.NewSigner([32]byte{1})
	v, err := dag.Fields{
		Network: testNetwork, Key: signer.Key(), Seq: 1, Approves: []dag.ID{{1}, {2}}, Epoch: 1, Kind: "test",
	}.Sign(signer)
	if err != nil {
		b.Fatal(err)
	}
	const times = 200
	start := time.Now()
	for range times {
		if _, err := dag.Verify(v.Event); err != nil {
			b.Fatal(err)
		}
	}
	return float64(time.Since(start).Nanoseconds()) / times
}

// BenchmarkEvent takes events through judging, attaching, deciding and ordering, and compares that with checking their
// signatures.
func BenchmarkEvent(b *testing.B) {
	for _, members := range []int{1, 4, 16, 100} {
		b.Run(fmt.Sprintf("members=%d", members), func(b *testing.B) {
			events := traffic(b, members, 4000/members, members)
			committee := mustCommittee(b, equalWeights(members)...)
			verify := verifyTime(b)
			b.ReportAllocs()
			b.ResetTimer()
			ordered := 0
			for done := 0; done < b.N; {
				rules := finality.NewRules(committee, 1, [32]byte{})
				arena := dag.NewArena(dag.FirstOrigin(testNetwork), 2, rules)
				order := finality.NewOrder(rules)
				for _, v := range events[:min(len(events), b.N-done)] {
					i, err := arena.Intern(v)
					if err != nil {
						b.Fatal(err)
					}
					order.Attach(i)
					for c, ok := order.Next(); ok; c, ok = order.Next() {
						ordered += len(c.Events)
					}
					done++
				}
			}
			each := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
			b.ReportMetric(1e9/each, "events/s")
			b.ReportMetric(verify/each, "of-signature-check")
			b.ReportMetric(float64(ordered)/float64(b.N), "ordered/event")
		})
	}
}

// BenchmarkFinality reports, in virtual time, how long payloads take to become final with links of 50 to 150 ms and 20 payloads
// a second.
func BenchmarkFinality(b *testing.B) {
	for _, members := range []int{1, 4, 16, 64} {
		b.Run(fmt.Sprintf("members=%d", members), func(b *testing.B) {
			var took []uint64
			witnesses := 0
			for run := range b.N {
				n := newNet(b, uint64(run), 50, 150, equalWeights(members)...)
				n.payloads(200, 50)
				if !n.run(n.now + 60_000) {
					b.Fatal("still busy after a minute")
				}
				took = append(took, n.check()...)
				witnesses += n.witness
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2]), "median-ms")
			b.ReportMetric(float64(took[len(took)*99/100]), "p99-ms")
			b.ReportMetric(float64(witnesses)/float64(len(took)), "witnesses/payload")
		})
	}
}

// BenchmarkPickApprovals chooses approvals among the tips of a full round.
func BenchmarkPickApprovals(b *testing.B) {
	for _, members := range []int{4, 16, 100} {
		b.Run(fmt.Sprintf("members=%d", members), func(b *testing.B) {
			rules := finality.NewRules(mustCommittee(b, equalWeights(members)...), 1, [32]byte{})
			arena := dag.NewArena(dag.FirstOrigin(testNetwork), 2, rules)
			order, graph := finality.NewOrder(rules), dag.NewGraph(arena, dag.DefaultLimits)
			for _, v := range traffic(b, members, 5, members) {
				result, err := graph.Add(v, "", 0)
				if err != nil {
					b.Fatal(err)
				}
				order.Attach(result.Attached[0])
			}
			main, _ := graph.Chain(rules.Committee().Member(0).Key)
			b.ResetTimer()
			for range b.N {
				order.PickApprovals(finality.Choice{
					Member: 0, Prev: main[len(main)-1], Tips: graph.Tips(), Payload: dag.NoIndex, Fallback: graph.Newest,
				})
			}
		})
	}
}
