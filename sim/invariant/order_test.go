package invariant

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

func id(n int) (id dag.ID) {
	id[0], id[1] = byte(n), byte(n>>8)
	return id
}

func TestOneOrderHoldsWhileNodesAreAtDifferentPoints(t *testing.T) {
	var o OneOrder
	for node, commits := range []uint64{5, 0, 9, 3} {
		for n := range commits {
			o.Committed(node, 100*n+uint64(node), n+1, id(int(n)), 7*n)
		}
	}
	o.Committed(1, 2000, 8, id(7), 49) // after a restart it goes on where its disk was
	o.Committed(0, 2001, 2, id(1), 7)  // after a loss it tells again
	wantFindings(t, o.Findings())
	if o.Broken() {
		t.Error("it is said to be broken")
	}
}

func TestOneOrderNamesTheFirstTwoThatDiffer(t *testing.T) {
	var a, b OneOrder
	a.Committed(4, 10, 1, id(1), 100)
	a.Committed(4, 20, 2, id(2), 200)
	a.Committed(6, 25, 2, id(2), 200)
	b.Committed(5, 11, 1, id(1), 100)
	b.Committed(5, 22, 2, id(3), 200) // another leader
	b.Committed(5, 33, 3, id(4), 300)
	if a.Broken() || b.Broken() {
		t.Error("a shard by itself is said to be broken")
	}
	a.Merge(&b)
	list := a.Findings()
	wantFindings(t, list, RuleOneOrder)
	if list[0].Node != 5 || list[0].At != 22 {
		t.Errorf("found at node %d, %d µs", list[0].Node, list[0].At)
	}
	wantDetail(t, list[0], "commit 2", id(3).String(), "node 4", id(2).String(), "0.000020 s")
}

func TestOneOrderComparesLedgerTime(t *testing.T) {
	var o OneOrder
	o.Committed(1, 10, 1, id(1), 100)
	o.Committed(2, 11, 1, id(1), 101)
	wantFindings(t, o.Findings(), RuleOneOrder)
}

func TestOneOrderRefusesAbsurdNumbers(t *testing.T) {
	var o OneOrder
	o.Committed(1, 10, 1<<63, id(1), 100)
	o.Committed(1, 11, 0, id(1), 100)
	wantFindings(t, o.Findings(), RuleOneOrder, RuleOneOrder)
}

// Whatever nodes tell, the findings do not depend on which shard they tell it to.
func TestOneOrderDoesNotDependOnShards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var single OneOrder
		shards := make([]OneOrder, 3)
		for at := range uint64(rapid.IntRange(0, 60).Draw(t, "calls")) {
			node, number := rapid.IntRange(0, 8).Draw(t, "node"), rapid.Uint64Range(1, 6).Draw(t, "number")
			leader := int(number)
			if rapid.IntRange(0, 9).Draw(t, "differs") == 0 {
				leader += 100
			}
			single.Committed(node, at, number, id(leader), number)
			shards[node%3].Committed(node, at, number, id(leader), number)
		}
		var merged OneOrder
		for _, n := range rapid.Permutation([]int{0, 1, 2}).Draw(t, "order") {
			merged.Merge(&shards[n])
		}
		if !slices.Equal(single.Findings(), merged.Findings()) {
			t.Fatalf("one shard finds %v, three %v", single.Findings(), merged.Findings())
		}
	})
}

// tell lets a node tell of events in commits of three.
func tell(w *WholeOrder, node int, from int, events ...int) {
	for n, e := range events {
		w.Ordered(node, uint64(n), uint64(from+n+1), id(e))
		if (from+n+1)%3 == 0 {
			w.Committed(node, uint64(n), uint64(from+n+1)/3)
		}
	}
}

func TestWholeOrderHolds(t *testing.T) {
	var a, b WholeOrder
	tell(&a, 1, 0, 1, 2, 3, 4, 5, 6)
	tell(&b, 2, 0, 1, 2, 3)
	b.Started(2) // it came back with nothing
	tell(&b, 2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	a.Merge(&b)
	wantFindings(t, a.Findings())
}

func TestWholeOrderSeesWhatLiesBelowTheLeaders(t *testing.T) {
	cases := map[string][]int{
		"swapped": {1, 2, 3, 5, 4, 6}, "other event": {1, 2, 3, 4, 9, 6}, "earlier": {2, 1, 3, 4, 5, 6},
	}
	for name, events := range cases {
		t.Run(name, func(t *testing.T) {
			var w WholeOrder
			tell(&w, 1, 0, 1, 2, 3, 4, 5, 6)
			tell(&w, 2, 0, events...)
			list := w.Findings()
			wantFindings(t, list, RuleWholeOrder)
			want := "commit 2"
			if name == "earlier" {
				want = "commit 1"
			}
			wantDetail(t, list[0], want)
		})
	}
}

func TestWholeOrderSeesAGap(t *testing.T) {
	var w WholeOrder
	tell(&w, 1, 0, 1, 2)
	w.Ordered(1, 5, 4, id(4))
	wantFindings(t, w.Findings(), RuleWholeOrder)
}

func BenchmarkOneOrder(b *testing.B) {
	var o OneOrder
	leader := id(1)
	b.ReportAllocs()
	for n := range b.N {
		o.Committed(n&1023, uint64(n), uint64(n>>10)+1, leader, 1)
	}
}

func ExampleOneOrder() {
	var order OneOrder
	order.Committed(0, 1_000, 1, dag.ID{1}, 50)
	order.Committed(1, 2_000, 1, dag.ID{1}, 50)
	fmt.Println(order.Broken())
	order.Committed(2, 3_000, 1, dag.ID{2}, 50)
	fmt.Println(order.Broken())
	// Output:
	// false
	// true
}
