package scenario

import (
	"maps"
	"slices"
)

// sortedNames returns the names of numbers in rising order.
func sortedNames(numbers map[string]float64) []string { return slices.Sorted(maps.Keys(numbers)) }

// CheckAttacks checks what only the library of adversaries knows: kinds are the names of all of them, and check, which may be nil,
// says what is wrong with the parameters of an attack of a known kind. The error is of type Problems.
func (s *Scenario) CheckAttacks(kinds []string, check func(Attack) error) error {
	c := &checker{s: s, broken: map[string]bool{}}
	for n, a := range s.Attacks {
		key := element("attack", n)
		if !c.oneOf(join(key, "kind"), a.Kind, "kind of attack", kinds) || check == nil {
			continue
		}
		if err := check(a); err != nil {
			c.wrong(join(key, "params"), "%v", err)
		}
	}
	return c.problems.err()
}

// rivals refuses that two attacks have one node at the same time. Nodes that are drawn are not known here.
func (c *checker) rivals() {
	if !c.fine(keyNodes, keyCommittee, keyDuration) {
		return
	}
	taken := make([][]part, len(c.s.Attacks))
	for n, a := range c.s.Attacks {
		if parts, err := a.Nodes.parts(c.s.Network.Nodes, c.s.Network.Committee); err == nil {
			taken[n] = fixed(parts)
		}
		for m, other := range c.s.Attacks[:n] {
			if node, both := common(taken[m], taken[n]); both && a.meets(other, c.s.Duration) {
				c.wrong(join(element("attack", n), "nodes"), "node %d is in %s at the same time: a node can be part of one attack only", node, element("attack", m))
			}
		}
	}
}

// meets reports whether two attacks go on at the same time.
func (a Attack) meets(b Attack, duration Duration) bool {
	end := func(until Duration) Duration {
		if until == 0 {
			return duration
		}
		return until
	}
	return a.From < end(b.Until) && b.From < end(a.Until)
}

// common returns the first node that is in two lists of parts, each in the order of its first nodes.
func common(a, b []part) (node int, both bool) {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		if first := max(a[i].first, b[j].first); first < min(a[i].end, b[j].end) {
			return first, true
		}
		if a[i].end < b[j].end {
			i++
		} else {
			j++
		}
	}
	return 0, false
}
