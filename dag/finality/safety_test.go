package finality_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
)

// schedule is a hostile run without time: honest members see what chance or a partition lets through, issue whenever chance
// says so with any round that they may claim, and faulty ones run several chains under one key and show each to others.
type schedule struct {
	*world
	t      testing.TB
	rand   *rand.Rand
	nodes  []*schedNode
	events []dag.Index
	issuer map[dag.Index]*schedNode
	period int     // how long a partition lasts
	leak   float64 // the chance that an event crosses it
	width  int
}

// schedNode is an honest member's node, or one branch of a faulty member.
type schedNode struct {
	member int
	branch int
	faulty bool
	side   int // of the partition
	held   map[dag.Index]bool
	list   []dag.Index
	prev   dag.Index
	order  *finality.Order
	log    []finality.Commit
}

// newSchedule makes a committee of 4 to 7 members of which some, weighing less than a third, or more than a third if tooMany, run
// two or three branches each.
func newSchedule(t testing.TB, seed uint64, tooMany bool) *schedule {
	random := rand.New(rand.NewPCG(seed, 4))
	weights := make([]uint64, 4+random.IntN(4))
	for m := range weights {
		weights[m] = 1 + random.Uint64N(3)
	}
	c := mustCommittee(t, weights...)
	s := &schedule{
		world: newWorld(c, [32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16), byte(seed >> 24)}),
		t:     t, rand: random, issuer: map[dag.Index]*schedNode{},
		period: []int{25, 60, 1000}[random.IntN(3)], leak: 0.05 * random.Float64(), width: 3 + random.IntN(6),
	}
	var faulty uint64
	for _, m := range random.Perm(len(weights)) {
		bad := !c.Blocks(faulty + weights[m])
		if tooMany {
			bad = !c.ExceedsFaulty(faulty)
		}
		branches := 1
		if bad {
			faulty += weights[m]
			branches = 2 + random.IntN(2)
		}
		for branch := range branches {
			s.nodes = append(s.nodes, &schedNode{
				member: m, branch: branch, faulty: bad, held: map[dag.Index]bool{0: true, 1: true},
				list: []dag.Index{0, 1}, prev: dag.NoIndex, order: finality.NewOrder(s.rules),
			})
		}
	}
	return s
}

// hold gives an event and all below it to a node.
func (s *schedule) hold(n *schedNode, i dag.Index) {
	if n.held[i] {
		return
	}
	for _, p := range s.parents(i) {
		s.hold(n, p)
	}
	n.held[i] = true
	n.list = append(n.list, i)
	n.order.Attach(i)
	n.log = append(n.log, drain(n.order)...)
}

// run lets the members issue about count events. The network splits and heals by chance.
func (s *schedule) run(count int) {
	for step := range count {
		if step%s.period == 0 {
			s.partition()
		}
		n := s.nodes[s.rand.IntN(len(s.nodes))]
		s.deliver(n)
		s.issue(n)
	}
	for _, n := range s.nodes {
		for _, i := range s.events {
			s.hold(n, i)
		}
	}
}

// partition puts every node on a side, or all on one; the branches of a faulty member face different sides.
func (s *schedule) partition() {
	whole := s.rand.IntN(3) == 0
	for _, n := range s.nodes {
		n.side = s.rand.IntN(2)
		if n.faulty {
			n.side = n.branch % 2
		}
		if whole {
			n.side = 0
		}
	}
}

// deliver brings a node some of the newest events of its side, and of the other side few.
func (s *schedule) deliver(n *schedNode) {
	for _, i := range s.events[max(0, len(s.events)-3*len(s.nodes)):] {
		chance := 0.6
		if s.issuer[i].side != n.side {
			chance = s.leak
		}
		if s.rand.Float64() < chance {
			s.hold(n, i)
		}
	}
}

// issue adds an event of a node, as valid as its view allows.
func (s *schedule) issue(n *schedNode) {
	p := s.rules.Prospect(n.member, n.prev)
	for k := len(n.list) - 1; k >= 0 && len(p.Approves()) < s.width; k-- {
		if s.rand.IntN(4) > 0 || n.list[k] < dag.Roots {
			p.Approve(n.list[k])
		}
	}
	if len(p.Approves()) < dag.MinApproves {
		return
	}
	low, high := max(1, p.OwnRound()), p.CommitteeRound()+1
	if n.prev == dag.NoIndex {
		high = 1
	}
	if high < low {
		high = low
	}
	round := high
	if s.rand.IntN(8) == 0 {
		round = low + s.rand.Uint64N(high-low+1)
	}
	i, err := s.add(s.t, draft{
		key: s.rules.Committee().Member(n.member).Key, prev: n.prev, approves: p.Approves(),
		round: round, time: uint64(1000 + len(s.events)), salt: s.rand.Uint64(),
	})
	if err != nil {
		if n.faulty {
			return
		}
		s.t.Fatalf("an honest event is refused: %v", err)
	}
	s.events = append(s.events, i)
	s.issuer[i] = n
	s.hold(n, i)
	n.prev = i
}

// conflict returns how two honest nodes disagree, if they do.
func (s *schedule) conflict() (commits int, err error) {
	var longest []finality.Commit
	for _, n := range s.nodes {
		if n.faulty {
			continue
		}
		if err := conflict(longest, n.log); err != nil {
			return 0, fmt.Errorf("member %d: %w", n.member, err)
		}
		if len(n.log) > len(longest) {
			longest = n.log
		}
	}
	return len(longest), nil
}

// TestTwinsAndPartitions runs hostile schedules with a faulty weight below a third: no two honest nodes may differ.
func TestTwinsAndPartitions(t *testing.T) {
	start := rand.Uint64() >> 16
	seeds, commits := uint64(soak(300, 20_000)), 0
	for seed := start; seed < start+seeds; seed++ {
		s := newSchedule(t, seed, false)
		s.run(120)
		n, err := s.conflict()
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		commits += n
	}
	if commits == 0 {
		t.Error("nothing was ever committed: the schedules test nothing")
	}
	t.Logf("%d schedules from seed %d on, %d commits, no conflict", seeds, start, commits)
}

// TestTooManyFaulty shows that the schedules above would notice: with a third of the weight or more at fault, nodes do come
// to different orders.
func TestTooManyFaulty(t *testing.T) {
	conflicts := 0
	for seed := range uint64(400) {
		s := newSchedule(t, seed, true)
		s.run(120)
		if _, err := s.conflict(); err != nil {
			conflicts++
		}
	}
	if conflicts == 0 {
		t.Error("no conflict found")
	}
	t.Logf("%d of 400 schedules ended in conflict", conflicts)
}
