package finality_test

import (
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
)

func equalWeights(n int) []uint64 {
	weights := make([]uint64, n)
	for i := range weights {
		weights[i] = 1
	}
	return weights
}

func TestHonestCommitteeOrdersAllAndFallsSilent(t *testing.T) {
	for _, members := range []int{1, 2, 3, 4, 7, 16, 25} {
		n := newNet(t, uint64(members), 50, 150, equalWeights(members)...)
		n.payloads(60, 50)
		if !n.run(n.now + 60_000) {
			t.Fatalf("%d members: still busy after a minute", members)
		}
		took := n.check()
		t.Logf("%d members: finality median %d ms, 99th percentile %d ms, worst %d ms, %d witness events",
			members, took[len(took)/2], took[len(took)*99/100], took[len(took)-1], n.witness)
	}
}

// TestPaceFollowsLinks runs one committee over links of different speed: it must not be kept at the base pace by fast ones, nor
// run ahead of slow ones.
func TestPaceFollowsLinks(t *testing.T) {
	for _, c := range []struct{ low, high, want uint64 }{{1, 3, 100}, {20, 40, 200}, {50, 150, 600}, {300, 600, 3_000}} {
		n := newNet(t, 5, c.low, c.high, 1, 1, 1, 1)
		n.payloads(200, 50)
		if !n.run(n.now + 120_000) {
			t.Fatalf("links of %d to %d ms: still busy after two minutes", c.low, c.high)
		}
		took := n.check()
		median := took[len(took)/2]
		t.Logf("links of %d to %d ms: finality median %d ms", c.low, c.high, median)
		if median > c.want {
			t.Errorf("links of %d to %d ms: finality takes %d ms, want at most %d", c.low, c.high, median, c.want)
		}
	}
}

// TestNoWorkNoEvents keeps everybody silent on an empty network and after the last payload.
func TestNoWorkNoEvents(t *testing.T) {
	n := newNet(t, 1, 50, 150, 1, 1, 1, 1)
	for _, g := range n.nodes {
		g.act()
	}
	if len(n.queue) != 0 || n.witness != 0 {
		t.Fatalf("%d witness events without work", n.witness)
	}
	for range 3 { // work, silence, work again
		n.payloads(1, 0)
		if !n.run(n.now + 60_000) {
			t.Fatal("still busy after a minute")
		}
		n.check()
		n.now += 3_600_000
	}
	if n.witness > 100 {
		t.Errorf("%d witness events for three payloads", n.witness)
	}
}

// TestLoneMemberNeedsThreeEvents finalises a payload of a device at once, with no waiting between.
func TestLoneMemberNeedsThreeEvents(t *testing.T) {
	n := newNet(t, 1, 0, 0, 5)
	n.payloads(10, 1000)
	if !n.run(n.now + 60_000) {
		t.Fatal("still busy after a minute")
	}
	for _, took := range n.check() {
		if took != 0 {
			t.Errorf("a payload waited %d ms", took)
		}
	}
	if n.witness != 30 {
		t.Errorf("%d witness events for 10 payloads, want 30", n.witness)
	}
}

// TestBlackout stops half of a committee for a while: nothing is decided, nothing is lost, and all goes on afterwards.
func TestBlackout(t *testing.T) {
	n := newNet(t, 7, 50, 150, 1, 1, 1, 1)
	n.payloads(20, 100)
	n.nodes[2].foe, n.nodes[3].foe = silent{}, silent{}
	n.run(n.now + 30_000)
	if len(n.nodes[0].log) != 0 {
		t.Fatal("half of the committee decided something")
	}
	n.nodes[2].foe, n.nodes[3].foe = nil, nil
	for _, g := range n.nodes {
		n.push(delivery{at: n.now, to: g})
	}
	if !n.run(n.now + 60_000) {
		t.Fatal("still busy after a minute")
	}
	n.check()
}

// TestLatecomerCatchesUpAtOnce lets a member sleep through many rounds. It then jumps instead of issuing an event for each.
func TestLatecomerCatchesUpAtOnce(t *testing.T) {
	n := newNet(t, 3, 50, 150, 1, 1, 1, 1)
	n.nodes[3].foe = silent{}
	n.payloads(100, 100)
	n.run(n.now + 60_000)
	rounds := n.nodes[0].round()
	n.nodes[3].foe = nil
	n.payloads(10, 100)
	if !n.run(n.now + 60_000) {
		t.Fatal("still busy after a minute")
	}
	n.check()
	late := n.nodes[3]
	if own := late.round(); own+catchUp < n.nodes[0].round() {
		t.Errorf("the latecomer is in round %d, the others in %d", own, n.nodes[0].round())
	}
	if issued := n.arena.Event(late.prev).Seq(); issued > n.nodes[0].round()-rounds+catchUp {
		t.Errorf("the latecomer issued %d events to follow from round %d to %d", issued, rounds, n.nodes[0].round())
	}
}

const catchUp = 4

// TestReplayGivesSameCommits attaches what a node holds again, as after a restart.
func TestReplayGivesSameCommits(t *testing.T) {
	n := newNet(t, 11, 50, 150, 3, 1, 2, 2)
	n.payloads(50, 50)
	n.run(n.now + 60_000)
	g := n.nodes[1]
	o := finality.NewOrder(n.rules)
	var log []finality.Commit
	for k := range g.graph.Len() {
		o.Attach(g.graph.At(k))
		log = append(log, drain(o)...)
	}
	if err := conflict(g.log, log); err != nil || len(log) != len(g.log) {
		t.Errorf("replay gives %d commits instead of %d: %v", len(log), len(g.log), err)
	}
	last := g.log[len(g.log)-1]
	if got := o.LastCommit(); got.Number != last.Number || got.Leader != last.Leader || got.Time != last.Time {
		t.Errorf("last commit %v, want %v", got, last)
	}
	if number, ok := o.CommitOf(last.Leader); !ok || number == 0 {
		t.Error("the last candidate is not ordered")
	}
	if _, ok := o.CommitOf(dag.Index(n.arena.Len() + 5)); ok {
		t.Error("an event from nowhere is ordered")
	}
}
