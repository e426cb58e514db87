package scenario

import (
	"maps"
	"slices"
)

// Clone returns a copy that shares nothing with s which could be changed.
func (s *Scenario) Clone() *Scenario {
	c := *s
	c.Network.Weights = slices.Clone(s.Network.Weights)
	c.Load = slices.Clone(s.Load)
	c.Churn = slices.Clone(s.Churn)
	c.Faults = slices.Clone(s.Faults)
	c.Attacks = slices.Clone(s.Attacks)
	c.Joins = slices.Clone(s.Joins)
	c.Leaves = slices.Clone(s.Leaves)
	c.Governs = slices.Clone(s.Governs)
	for n := range c.Attacks {
		c.Attacks[n].Params = maps.Clone(c.Attacks[n].Params)
	}
	c.Grid = maps.Clone(s.Grid)
	for key, values := range c.Grid { // each is copied by itself: order does not matter
		c.Grid[key] = slices.Clone(values)
	}
	return &c
}
