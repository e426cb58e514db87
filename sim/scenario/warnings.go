package scenario

import (
	"fmt"
	"slices"
)

// Warnings returns what is allowed, and that the run will not show what one may expect of it. The scenario has to be valid.
func (s *Scenario) Warnings() []string {
	var warnings []string
	if held, total := s.attackers(); 3*float64(held) >= float64(total) {
		warnings = append(warnings, fmt.Sprintf("attack: the attackers hold up to %d of %d of the committee's weight, a third or more: "+
			"neither safety nor progress is promised", held, total))
	}
	for n := range s.Load {
		if l := &s.Load[n]; l.Kind == LoadTransfer && l.Rate > float64(s.Network.MaxRate)*float64(s.count(l.Nodes)) {
			warnings = append(warnings, fmt.Sprintf("%s.rate: %s a second from %d nodes is more than network.max_rate lets through, which is %d of each",
				element("load", n), decimal(l.Rate), s.count(l.Nodes), s.Network.MaxRate))
		}
	}
	if busy := s.Estimate().Busy; busy > 1 {
		warnings = append(warnings, fmt.Sprintf("cpu: every node has about %.1f seconds of work a second: queues will grow until the load ends", busy))
	}
	return warnings
}

// attackers returns the most weight that members in attacks can have, and that of the whole committee.
func (s *Scenario) attackers() (held, total uint64) {
	weights := slices.Clone(s.Network.Weights)
	if len(weights) == 0 {
		weights = slices.Repeat([]uint64{1}, s.Network.Committee)
	}
	for _, weight := range weights {
		total += weight
	}
	drawn := 0
	for _, a := range s.Attacks {
		parts, err := a.Nodes.parts(s.Network.Nodes, s.Network.Committee)
		if err != nil {
			continue
		}
		for _, p := range parts {
			switch {
			case p.first >= len(weights):
			case p.drawn():
				drawn += p.count
			default:
				for member := p.first; member < min(p.end, len(weights)); member++ {
					held += weights[member]
					weights[member] = 0
				}
			}
		}
	}
	slices.Sort(weights)
	for n := len(weights) - 1; n >= 0 && drawn > 0; n, drawn = n-1, drawn-1 {
		held += weights[n]
	}
	return held, total
}

// count returns how many nodes a selector names at most; 0 if it is wrong.
func (s *Scenario) count(selector Selector) (count int) {
	parts, _ := selector.parts(s.Network.Nodes, s.Network.Committee)
	for _, p := range parts {
		count += p.count
	}
	return min(count, s.Network.Nodes)
}
