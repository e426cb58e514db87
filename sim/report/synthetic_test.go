package report

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/ledgerofthings/lot/sim/invariant"
)

// synthetic makes a result of a size as a run might leave it.
func synthetic(nodes, events, seconds int) *Result {
	rng := rand.New(rand.NewPCG(uint64(nodes), uint64(events)))
	until := uint64(seconds) * second
	r := &Result{
		Scenario: "version = 1\nname = \"small-town\"\n", Name: "small-town", About: "A town that loses its power & gets it back",
		Seed: 7, Version: "v1.2.3", Hash: "c0ffee", Until: until, Asked: until, Warmup: until / 10, Start: 1_800_000_000_000,
		Totals: Totals{Deliveries: 123_456, Copies: 400_000, Lost: 12, Bytes: 9_876_543, Payloads: uint64(events), Final: uint64(events - 1), Items: 1_000_000},
	}
	for i := range events {
		issued := uint64(float64(until) * float64(i) / float64(events))
		after := func(mean float64) uint64 { return issued + uint64(mean*(0.5+rng.ExpFloat64())) }
		e := Event{
			ID: fmt.Sprintf("bafy%06d", i), Issuer: rng.IntN(nodes), Kind: "transfer", Size: 300 + rng.IntN(40), Issued: issued, Reached: nodes,
			Half: after(1e5), Most: after(2e5), All: after(3e5), Approved: after(1.5e5), Final: after(6e5), FinalOwn: after(7e5), Status: "ok",
		}
		if i%97 == 96 {
			e.Approved, e.Final, e.FinalOwn, e.All, e.Status, e.Reached = 0, 0, 0, 0, "", nodes-1
		}
		r.Events = append(r.Events, e)
	}
	for i := range nodes {
		role := "gateway"
		if i < 4 {
			role = "committee"
		}
		r.Nodes = append(r.Nodes, Node{
			Number: i, Role: role, Place: "Zürich", Up: until, Attached: uint64(events), Ordered: uint64(events), Issued: 3,
			BytesIn: 100_000 + uint64(rng.IntN(50_000)), BytesOut: 100_000 + uint64(rng.IntN(90_000)),
			Copies: uint64(3*events + 1), Duplicates: uint64(2*events - rng.IntN(events)), Busy: until / uint64(50+i%7),
		})
	}
	synthesiseTime(r, seconds, nodes, events, rng)
	return r
}

// synthesiseTime fills the series, commits and timeline.
func synthesiseTime(r *Result, seconds, nodes, events int, rng *rand.Rand) {
	each := uint64(events / seconds)
	for i := range seconds {
		up := nodes
		if i == seconds/2 {
			up--
		}
		r.Series = append(r.Series, Second{
			At: uint64(i) * second, Up: up, Tips: 4 + math.Sin(float64(i)/9), Open: 7.25, Payloads: each, Witnesses: 30, Final: each,
			Deliveries: each * uint64(nodes), Copies: 3 * each * uint64(nodes), Duplicates: 2 * each * uint64(nodes), Bytes: 900 * each * uint64(nodes), Commits: 4,
		})
	}
	for i := range 4 * seconds {
		first := uint64(i)*second/4 + 300_000
		r.Commits = append(r.Commits, Commit{
			Number: uint64(i), Slot: uint64(i + 1), Leader: fmt.Sprintf("bafy%06d", i), Time: r.Start + uint64(i)*250, Events: 12, Payloads: 1,
			First: first, Last: first + uint64(rng.IntN(200_000)), Nodes: nodes,
		})
	}
	middle := uint64(seconds) * second / 2
	r.Timeline = []Moment{
		{At: middle, Until: middle + second, Node: -1, Kind: MomentFault, What: "partition of committee:0-1"},
		{At: middle + 2, Node: 3, Kind: MomentNode, What: "=stopped <by itself>"},
		{At: middle + second, Until: middle + 2*second, Node: -1, Kind: MomentAttack, What: "spam by gateways:2"},
	}
}

// broken is a result that was interrupted and has findings.
func broken() *Result {
	r := synthetic(5, 200, 20)
	r.Asked = 2 * r.Until
	r.Theory = &Theory{Approvals: 2, Rate: 20, Delay: 100_000}
	r.Findings = []invariant.Finding{
		{Rule: "one-order", At: 12_345_678, Node: 3, Detail: "commit 5 is bafy5 here and bafy6 at node 2\nlook <there>"},
		{Rule: "supply", At: 13_000_000, Node: -1, Detail: "@SUM(A1:A9) is not a formula"},
	}
	return r
}
