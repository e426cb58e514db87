package swarm

import (
	"math/bits"
	"slices"

	"github.com/ledgerofthings/lot/sim/scenario"
)

// weightsOf returns the weight of each member.
func weightsOf(s *scenario.Scenario) []uint64 {
	if len(s.Network.Weights) > 0 {
		return s.Network.Weights
	}
	return slices.Repeat([]uint64{1}, s.Network.Committee)
}

// weigh returns the weight of all members, and that of the members among some nodes.
func weigh(weights []uint64, nodes []int) (of, total uint64) {
	for n, weight := range weights {
		total += weight
		if slices.Contains(nodes, n) {
			of += weight
		}
	}
	return of, total
}

// extremeSet returns the members whose weight is highest of all sets that fit, or lowest if least; nil if none fits. It tries all
// sets, of which there are 1,024 at most, and among equals prefers few members, then low numbers.
func extremeSet(weights []uint64, least bool, fits func(of, total uint64) bool) (members []int) {
	_, total := weigh(weights, nil)
	best, bestWeight := uint(0), uint64(0)
	for set := uint(1); set < 1<<len(weights); set++ {
		of := uint64(0)
		for n, weight := range weights {
			of += weight * uint64(set>>n&1)
		}
		better := best == 0 || of != bestWeight && of < bestWeight == least || of == bestWeight && bits.OnesCount(set) < bits.OnesCount(best)
		if better && fits(of, total) {
			best, bestWeight = set, of
		}
	}
	for n := range weights {
		if best>>n&1 != 0 {
			members = append(members, n)
		}
	}
	return members
}

// tolerable reports whether members of a weight may be faulty: the rest is a quorum.
func tolerable(of, total uint64) bool { return 3*of < total }

// quorum reports whether a weight decides.
func quorum(of, total uint64) bool { return 3*of > 2*total }

// mostFaulty returns the members that weigh most of those that may be faulty together.
func mostFaulty(weights []uint64) []int { return extremeSet(weights, false, tolerable) }

// chooseFaulty draws who attacks, and which members lose their disks: as much weight as the network has to bear, or less.
func (g *generator) chooseFaulty() {
	d, weights := g.dice(streamFaulty), weightsOf(g.Scenario)
	var faulty []int
	switch p := d.Float64(); {
	case p < 0.45:
		faulty = mostFaulty(weights)
	case p < 0.85:
		for _, member := range d.Perm(len(weights)) {
			if of, total := weigh(weights, append(faulty, member)); d.chance(0.5) && tolerable(of, total) {
				faulty = append(faulty, member)
			}
		}
	}
	attacking := one(d, 0, 0.5, 1, 1)
	for _, member := range faulty {
		if d.chance(attacking) && len(g.kinds) > 0 {
			g.attacker = append(g.attacker, member)
		} else {
			g.damaged = append(g.damaged, member)
		}
	}
	if gateways := g.gateways(); len(gateways) > 1 && len(g.kinds) > 0 && d.chance(0.3) {
		g.attacker = append(g.attacker, g.crowd(d, gateways)...)
	}
}

// attacks lets the attackers attack, in up to three groups.
func (g *generator) attacks() {
	d := g.dice(streamAttacks)
	if len(g.attacker) == 0 {
		return
	}
	groups := make([][]int, d.between(1, min(3, len(g.attacker))))
	for n, i := range d.Perm(len(g.attacker)) {
		at := d.IntN(len(groups))
		if n < len(groups) {
			at = n // none is left empty
		}
		groups[at] = append(groups[at], g.attacker[i])
	}
	for _, nodes := range groups {
		from, length := g.during(d, scenario.Second, maxTrouble)
		if d.chance(0.5) {
			from, length = quietStart, g.heal-quietStart
		}
		a := scenario.Attack{Kind: one(d, g.kinds...), Nodes: selectorOf(nodes), From: from, Until: from + length}
		if a.Kind == "spam" { // what is asked is that it all becomes final in the end, over slow lines too
			a.Params = map[string]float64{"factor": 2}
		}
		g.Attacks = append(g.Attacks, a)
	}
}

// damage lets disks be lost: of the members that were chosen for it, and of any gateway that does not attack.
func (g *generator) damage() {
	d, victims := g.dice(streamDamage), slices.Clone(g.damaged)
	for _, n := range g.gateways() {
		if d.chance(0.05) && !slices.Contains(g.attacker, n) && !slices.Contains(g.promoted, n) {
			victims = append(victims, n)
		}
	}
	for _, n := range victims {
		f := scenario.Fault{Kind: one(d, scenario.FaultWipe, scenario.FaultRestore, scenario.FaultCorrupt), Nodes: selectorOf([]int{n})}
		f.At, f.For = g.during(d, 100*scenario.Millisecond, 20*scenario.Second)
		if f.Kind == scenario.FaultRestore {
			f.Age = d.span(scenario.Millisecond, f.At)
		}
		g.Faults = append(g.Faults, f)
	}
}
