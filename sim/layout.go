package sim

import (
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/ledgerofthings/lot/sim/latency"
	"github.com/ledgerofthings/lot/sim/scenario"
	"github.com/ledgerofthings/lot/sim/topology"
)

// topologyOf makes a scenario's connections.
func topologyOf(s *scenario.Scenario) (topology.Graph, error) {
	random, n := source(s.Seed, "topology", 0), s.Network.Nodes
	switch s.Topology.Kind {
	case scenario.TopologyComplete:
		return topology.Complete(n)
	case scenario.TopologySmallWorld:
		return topology.SmallWorld(n, s.Topology.Degree, s.Topology.Rewire, random)
	case scenario.TopologyFile:
		return readFile(s, s.Topology.File, func(r io.Reader) (topology.Graph, error) { return topology.Read(r, n) })
	}
	return topology.RandomRegular(n, s.Topology.Degree, random)
}

// joinCommittee connects the members of the committee with each other, those too that get a seat later. A member issues events only once
// others that hold more than a third of the weight have told it how far its own chain goes, so it keeps connections to them.
func joinCommittee(g topology.Graph, members []int) {
	for _, a := range members {
		for _, b := range members {
			if at, linked := slices.BinarySearch(g[a], uint32(b)); a != b && !linked {
				g[a] = slices.Insert(g[a], at, uint32(b))
			}
		}
	}
}

// latencyOf makes the model of a scenario's links.
func latencyOf(s *scenario.Scenario) (model latency.Model, err error) {
	l := &s.Links
	switch l.Model {
	case scenario.LinksConstant:
		return latency.Constant(uint64(l.Delay)), nil
	case scenario.LinksCities:
		return latency.Cities(l.Stretch, uint64(l.Access), uint64(l.Min), s.Seed)
	case scenario.LinksUniform:
		model, err = latency.Uniform(uint64(l.Min), uint64(l.Max))
	case scenario.LinksNormal:
		model, err = latency.Normal(uint64(l.Delay), l.Deviation, uint64(l.Min))
	case scenario.LinksLognormal:
		model, err = latency.Lognormal(uint64(l.Delay), l.Deviation, uint64(l.Min))
	default:
		return measuredLinks(s)
	}
	if err == nil && l.PerLink {
		model = latency.PerLink(model, s.Seed)
	}
	return model, err
}

// readFile reads a file that the scenario names.
func readFile[T any](s *scenario.Scenario, name string, read func(io.Reader) (T, error)) (out T, err error) {
	file, err := os.Open(s.Path(name))
	if err != nil {
		return out, err
	}
	defer func() { _ = file.Close() }() // it was only read
	if out, err = read(file); err != nil {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return out, err
}

func measuredLinks(s *scenario.Scenario) (latency.Model, error) {
	return nil, fmt.Errorf("links.model: unknown %q", s.Links.Model)
}
