package main

import (
	"context"
	"fmt"
	"runtime"
	"syscall"

	"github.com/ledgerofthings/lot/node/process"
	"github.com/ledgerofthings/lot/sim"
	"github.com/ledgerofthings/lot/sim/report"
	"github.com/ledgerofthings/lot/sim/scenario"
)

// nodesPerShard is how many nodes a shard needs to be worth the waiting for the others at the end of every window.
const nodesPerShard = 250

// How many cores can be asked for: of one run, and for runs side by side. More than there are make all slower.
const (
	maxShards   = 64
	maxParallel = 1024
)

// shardsFor returns how many shards a run gets unless told otherwise.
func shardsFor(s *scenario.Scenario) int {
	return max(1, min(runtime.GOMAXPROCS(0), s.Network.Nodes/nodesPerShard))
}

// carryOut runs a scenario and adds to the result which program it was and what it took.
func (p *program) carryOut(ctx context.Context, s *scenario.Scenario, options sim.Options) (*report.Result, error) {
	began := p.now()
	before, err := process.OwnCPU()
	if err != nil {
		return nil, err
	}
	r, err := sim.Run(ctx, s, options)
	if err != nil {
		return nil, fmt.Errorf("scenario %s, seed %d: %w", s.Name, s.Seed, err)
	}
	after, err := process.OwnCPU()
	if err != nil {
		return nil, err
	}
	r.Version = simVersion()
	m := &r.Machine
	m.Seconds, m.CPU = p.now().Sub(began).Seconds(), (after - before).Seconds()
	m.Cores, m.Go, m.System = runtime.NumCPU(), runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH
	m.Memory, err = peakMemory()
	return r, err
}

// peakMemory returns the most memory that the program has held, in bytes.
func peakMemory() (uint64, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, fmt.Errorf("peak memory: %w", err)
	}
	if runtime.GOOS == "darwin" { // getrusage(2) tells bytes there, kilobytes elsewhere
		return uint64(usage.Maxrss), nil
	}
	return uint64(usage.Maxrss) << 10, nil
}
