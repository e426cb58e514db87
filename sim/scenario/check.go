package scenario

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/sim/topology"
)

// MaxSeed is the largest seed: the largest whole number of TOML.
const MaxSeed = 1<<63 - 1

// Bounds of what a scenario may ask for.
const (
	MaxNodes    = 1 << 20                // nodes of a network
	MaxDuration = 366 * 24 * 60 * Minute // of a run
	minNodes    = 2                      // a single one has nobody to be connected to
	maxName     = 64
	maxAbout    = 4096
	maxComplete = 2000      // nodes that are all connected with each other
	maxRate     = 1_000_000 // events a second of a key
	maxDegree   = 1000
	maxHistory  = 120 // heartbeats: the mcache of gossipsub grows with it
	maxDevices  = 10_000
)

// Keys that others are compared with.
const (
	keyNodes     = "network.nodes"
	keyCommittee = "network.committee"
	keyDuration  = "duration"
)

// Validate checks a scenario that was made or changed by a program; what Parse returns is valid. The error is of type Problems
// and has all of them, but for what only CheckAttacks can know.
func (s *Scenario) Validate() error {
	problems := s.check(map[string]bool{})
	if len(problems) == 0 {
		_, problems = s.cells()
	}
	return problems.err()
}

// check checks everything but the grid. What is said of keys in broken is left out.
func (s *Scenario) check(broken map[string]bool) Problems {
	c := &checker{s: s, broken: broken}
	c.run()
	c.network()
	c.topology()
	c.links()
	c.gossip()
	c.machine()
	for n := range s.Load {
		c.load(element("load", n), &s.Load[n])
	}
	for n := range s.Churn {
		c.churn(element("churn", n), &s.Churn[n])
	}
	for n := range s.Faults {
		c.fault(element("fault", n), &s.Faults[n])
	}
	for n := range s.Attacks {
		c.attack(element("attack", n), &s.Attacks[n])
	}
	c.rivals()
	c.membership()
	return c.problems
}

// run checks the keys above the first table.
func (c *checker) run() {
	s := c.s
	if s.Version != Version {
		c.wrong("version", "%d: want %d", s.Version, Version)
	}
	if problem := badName(s.Name); problem != "" {
		c.wrong("name", "%s", problem)
	}
	if len(s.About) > maxAbout || !utf8.ValidString(s.About) {
		c.wrong("about", "has %d bytes: want at most %d of UTF-8", len(s.About), maxAbout)
	}
	if s.Seed > MaxSeed {
		c.wrong("seed", "%d is out of range: choose 0 to %d, the largest number of TOML", s.Seed, uint64(MaxSeed))
	}
	switch {
	case s.Duration == 0:
		c.wrong(keyDuration, `is missing: say how long the run lasts in virtual time, such as "60s"`)
	case s.Duration > MaxDuration:
		c.wrong(keyDuration, "%v is out of range: choose at most %v", s.Duration, MaxDuration)
	}
	if c.fine(keyDuration) && s.Warmup >= s.Duration {
		c.wrong("warmup", "%v leaves nothing to measure of a run of %v: lower it or raise duration", s.Warmup, s.Duration)
	}
}

// badName says what is wrong with a name.
func badName(name string) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789-"
	switch {
	case name == "":
		return "is missing: a word of lower-case letters, digits and dashes, for folders and reports"
	case len(name) > maxName:
		return fmt.Sprintf("has %d characters: at most %d are allowed", len(name), maxName)
	case strings.Trim(name, letters) != "" || strings.HasPrefix(name, "-"):
		return fmt.Sprintf("%.40q is no name: use lower-case letters, digits and dashes, not a dash first", name)
	}
	return ""
}

// network checks who takes part.
func (c *checker) network() {
	n := &c.s.Network
	if n.Nodes == 0 {
		c.wrong(keyNodes, "there are none: say how many take part, the committee included")
	}
	between(c, keyNodes, n.Nodes, minNodes, MaxNodes)
	if n.Committee == 0 {
		c.wrong(keyCommittee, "without a committee nothing becomes final: choose 1 to %d members, and let them be silent by an attack if that is what you study",
			finality.MaxMembers)
	}
	between(c, keyCommittee, n.Committee, 1, finality.MaxMembers)
	if c.fine(keyNodes, keyCommittee) && n.Committee > n.Nodes {
		c.wrong(keyCommittee, "%d members, but there are only %d nodes: lower it or raise %s", n.Committee, n.Nodes, keyNodes)
	}
	c.weights()
	between(c, "network.approvals", n.Approvals, dag.MinApproves, dag.MaxApproves)
	if n.Pace != 0 {
		c.milliseconds("network.pace", n.Pace, 10*Millisecond, 10*Second)
	}
	between(c, "network.max_rate", n.MaxRate, 1, maxRate)
	if c.fine(keyNodes) && n.Balance > dag.MaxInteger/uint64(n.Nodes) {
		c.wrong("network.balance", "%d for each of %d nodes is more than a ledger holds: choose at most %d", n.Balance, n.Nodes, dag.MaxInteger/uint64(n.Nodes))
	}
	c.milliseconds("network.tip_age", n.TipAge, Millisecond, MaxDuration)
	between(c, "network.batch_count", n.BatchCount, 1, ledger.MaxAnchorCount)
	c.milliseconds("network.batch_window", n.BatchWindow, Millisecond, MaxDuration)
	c.epochs()
}

// weights checks the members' weights.
func (c *checker) weights() {
	const key = "network.weights"
	n := &c.s.Network
	if len(n.Weights) == 0 || !c.fine(keyCommittee) {
		return
	}
	if len(n.Weights) != n.Committee {
		c.wrong(key, "%d weights for %d members: give each member one, or leave the key out for 1 each", len(n.Weights), n.Committee)
	}
	total := uint64(0)
	for i, weight := range n.Weights {
		if weight == 0 {
			c.wrong(key, "member %d has weight 0: choose at least 1", i)
		}
		if weight > dag.MaxInteger-total {
			c.wrong(key, "they add up to more than %d: choose smaller ones", uint64(dag.MaxInteger))
			return
		}
		total += weight
	}
}

// topology checks who is connected to whom.
func (c *checker) topology() {
	t := &c.s.Topology
	if !c.oneOf("topology.kind", t.Kind, "topology", topologyKinds) {
		return
	}
	nodes := c.s.Network.Nodes
	switch t.Kind {
	case TopologyRandomRegular:
		c.degree(nodes)
		if c.fine(keyNodes, "topology.degree") && t.Degree*nodes%2 != 0 {
			c.wrong("topology.degree", "%d connections of each of %d nodes have an odd number of ends: make one of them even", t.Degree, nodes)
		}
	case TopologySmallWorld:
		c.degree(nodes)
		if c.fine("topology.degree") && t.Degree%2 != 0 {
			c.wrong("topology.degree", "%d is odd: a small world begins with as many neighbours to the left as to the right", t.Degree)
		}
	case TopologyComplete:
		if c.fine(keyNodes) && nodes > maxComplete {
			c.wrong("topology.kind", "%d nodes that are all connected have too many connections: at most %d, or choose %s",
				nodes, maxComplete, TopologyRandomRegular)
		}
	case TopologyFile:
		c.file("topology.file", t.File, "lines of two node numbers")
	}
	if t.Kind != TopologyFile {
		unused(c, "topology.file", t.File, "topology "+t.Kind)
	}
	c.share("topology.rewire", t.Rewire)
}

// degree checks how many connections a node has.
func (c *checker) degree(nodes int) {
	const key = "topology.degree"
	degree := c.s.Topology.Degree
	between(c, key, degree, 1, maxDegree)
	if !c.fine(keyNodes, key) {
		return
	}
	switch {
	case degree >= nodes:
		c.wrong(key, `%d connections of each of %d nodes: choose at most %d, or kind = "%s"`, degree, nodes, nodes-1, TopologyComplete)
	case degree == 1 && nodes > 2:
		c.wrong(key, "with one connection each %d nodes are not all connected: choose at least 2", nodes)
	case degree > 2*topology.MaxEdges/nodes:
		c.wrong(key, "%d connections of each of %d nodes are too many: choose at most %d", degree, nodes, 2*topology.MaxEdges/nodes)
	}
}
