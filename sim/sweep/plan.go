package sweep

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/ledgerofthings/lot/sim/scenario"
)

// MaxJobs is how many runs a sweep has at most.
const MaxJobs = 1_000_000

// ErrPlan is wrapped by what is wrong with the choice of seeds or of a part.
var ErrPlan = errors.New("sweep")

// Plan is what a sweep has to do.
type Plan struct {
	Name    string
	Version string // of the program that runs it
	Text    string // the scenario with its grid, with every default written out
	Cells   []scenario.Cell
	Jobs    []Job // in the order in which they are run: by seed, then by cell
}

// Job is one run.
type Job struct {
	Cell int // its place in Plan.Cells
	Seed uint64
}

// Seeds are the seeds that each cell is run with: Count of them from First on.
type Seeds struct{ First, Count uint64 }

// NewPlan plans every cell of a valid scenario with every seed. The error wraps ErrPlan or is of type scenario.Problems.
func NewPlan(s *scenario.Scenario, version string, seeds Seeds) (*Plan, error) {
	cells, err := s.Cells()
	if err != nil {
		return nil, err
	}
	switch most := uint64(MaxJobs / len(cells)); {
	case seeds.Count == 0:
		return nil, fmt.Errorf("%w: no seeds: choose at least one", ErrPlan)
	case seeds.Count > most:
		return nil, fmt.Errorf("%w: %d cells with %d seeds are more than %d runs: choose at most %d seeds", ErrPlan, len(cells), seeds.Count, MaxJobs, most)
	case seeds.First > scenario.MaxSeed-seeds.Count+1:
		return nil, fmt.Errorf("%w: seeds from %d on: the last one may be %d", ErrPlan, seeds.First, uint64(scenario.MaxSeed))
	}
	p := &Plan{Name: s.Name, Version: version, Text: string(s.TOML()), Cells: cells}
	for n := range cells {
		for i := range seeds.Count {
			p.Jobs = append(p.Jobs, Job{n, seeds.First + i})
		}
	}
	p.order()
	return p, nil
}

// order sorts the jobs so that an interrupted sweep has about as many runs of every cell.
func (p *Plan) order() {
	slices.SortFunc(p.Jobs, func(a, b Job) int { return cmp.Or(cmp.Compare(a.Seed, b.Seed), cmp.Compare(a.Cell, b.Cell)) })
}

// Scenario returns what a job runs.
func (p *Plan) Scenario(j Job) *scenario.Scenario {
	s := p.Cells[j.Cell].Scenario.Clone()
	s.Seed = j.Seed
	return s
}

// Folder returns where a job's run lies within the folder of the sweep.
func (p *Plan) Folder(j Job) string { return runFolder(p.Cells[j.Cell].Name, j.Seed) }

// The folders of the runs.
const (
	cellsFolder = "cells"
	seedPrefix  = "seed-"
)

func runFolder(cell string, seed uint64) string {
	return filepath.Join(cellsFolder, cell, seedPrefix+strconv.FormatUint(seed, 10))
}
