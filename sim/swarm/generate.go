package swarm

import (
	"fmt"

	"github.com/ledgerofthings/lot/sim/invariant"
	"github.com/ledgerofthings/lot/sim/scenario"
)

// Bounds of what is drawn.
const (
	minCommittee = 4
	maxCommittee = 10
	maxNodes     = 30
	quietStart   = 4 * scenario.Second   // in which nodes connect and nothing breaks
	minTrouble   = 8 * scenario.Second   // short runs are more likely than long ones: most of what can
	maxTrouble   = 100 * scenario.Second // happen happens in few seconds, and there are more seeds a minute
)

// generator draws one scenario.
type generator struct {
	*scenario.Scenario
	seed     uint64
	kinds    []string          // of attacks
	heal     scenario.Duration // when all trouble is over
	attacker []int             // members and gateways that attack
	damaged  []int             // members whose disks may be lost; those of gateways may anyhow
	promoted []int             // gateways that get a seat; they behave, and keep their disks
}

// Generate returns the scenario of a seed. Attacks are drawn from the given kinds.
//
// Members that attack, and members whose disk is wiped, replaced or damaged, weigh less than a third of the committee together: a
// member that lost its disk may issue a number twice, as an attacker would. All else may happen to any number of nodes at once.
// Everything is over, and every node back, when one and a half times [invariant.Patience] are left of the run.
func Generate(seed uint64, kinds []string) *scenario.Scenario {
	s := scenario.Defaults()
	g := &generator{Scenario: &s, seed: seed, kinds: kinds}
	s.Name, s.Seed = fmt.Sprintf("swarm-%d", seed), seed&scenario.MaxSeed
	s.About = fmt.Sprintf("Drawn from seed %d: everything that fails is over at the end of the load, and then the network must get done.", seed)
	trouble := g.dice(streamTimes).scale(minTrouble.Seconds(), maxTrouble.Seconds())
	g.heal = quietStart + scenario.Duration(trouble*1000)*scenario.Millisecond
	s.Duration = g.heal + invariant.Patience*3/2
	g.network()
	g.epochs()
	g.topology()
	g.machines()
	g.links()
	g.load()
	g.chooseFaulty()
	g.attacks()
	g.newcomers()
	g.decisions()
	g.damage()
	g.weather()
	g.extremes()
	g.churn()
	return &s
}

func (g *generator) dice(stream uint64) dice { return newDice(g.seed, stream) }

// all returns the numbers of all nodes.
func (g *generator) all() []int { return numbers(0, g.Network.Nodes) }

// members returns the numbers of the committee.
func (g *generator) members() []int { return numbers(0, g.Network.Committee) }

// gateways returns the numbers of the nodes without a seat, if there are any.
func (g *generator) gateways() []int { return numbers(g.Network.Committee, g.Network.Nodes) }

func numbers(first, end int) []int {
	list := make([]int, 0, end-first)
	for n := first; n < end; n++ {
		list = append(list, n)
	}
	return list
}

// crowd returns some of the nodes: few as often as many.
func (g *generator) crowd(d dice, of []int) []int {
	return d.some(of, int(d.scale(1, float64(len(of)))))
}

// during returns a time span within the trouble, of a length from low to high.
func (g *generator) during(d dice, low, high scenario.Duration) (at, length scenario.Duration) {
	trouble := g.heal - quietStart
	length = d.span(min(low, trouble), min(high, trouble))
	return quietStart + d.span(0, trouble-length), length
}
