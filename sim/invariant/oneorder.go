package invariant

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag"
)

// OneOrder checks that every honest node's commits are a prefix of one sequence: no two nodes ever hold different commits of one
// number, nor does one node at different times. Its zero value is ready. A call costs O(1), memory is O(commits).
type OneOrder struct {
	commits sequence[commit]
	absurd  findings
}

// commit is what nodes agree on of a commit.
type commit struct {
	leader dag.ID
	time   uint64 // ledger time, ms
}

// Committed takes what a node says of a commit, at a virtual time in microseconds: number from 1, and the ledger time in ms.
// After a restart the node may tell of earlier ones again, or leave out those that it decided as it stopped.
func (o *OneOrder) Committed(node int, at, number uint64, leader dag.ID, time uint64) {
	if !o.commits.see(number, sighting[commit]{commit{leader, time}, at, node}) {
		o.absurd.add(Finding{RuleOneOrder, at, node, fmt.Sprintf("it tells of commit %d, and nobody of one near it", number)})
	}
}

// Broken reports whether two nodes were seen to differ. It costs nothing, so it may be asked at any time.
func (o *OneOrder) Broken() bool { return o.commits.broken != 0 || len(o.absurd) > 0 }

// Merge takes what another has seen.
func (o *OneOrder) Merge(other *OneOrder) {
	o.commits.merge(&other.commits)
	o.absurd.merge(other.absurd)
}

// Findings returns the lowest commit that two nodes differ in, and those that cannot be.
func (o *OneOrder) Findings() []Finding {
	list := append([]Finding{}, o.absurd...)
	if number := o.commits.broken; number != 0 {
		a := &o.commits.list[number-1]
		list = append(list, Finding{RuleOneOrder, a.second.at, a.second.node, fmt.Sprintf(
			"commit %d has leader %s and ledger time %d ms here; at node %d it has leader %s and ledger time %d ms since %s",
			number, a.second.value.leader, a.second.value.time, a.first.node, a.first.value.leader, a.first.value.time, seconds(a.first.at))})
	}
	return list
}
