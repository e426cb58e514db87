package sim

import (
	"context"
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/ledgerofthings/lot/sim/attack"
	"github.com/ledgerofthings/lot/sim/invariant"
	"github.com/ledgerofthings/lot/sim/scenario"
	"github.com/ledgerofthings/lot/sim/swarm"
)

// swarmSeeds are seeds of the swarm that are quick to run and have a bit of everything.
var swarmSeeds = []uint64{0, 3, 7, 8, 13, 17, 18, 22, 24, 25}

// A sample of the swarm finds nothing.
func TestSwarm(t *testing.T) {
	runner := func(shards int) swarm.Runner {
		return func(ctx context.Context, s *scenario.Scenario) ([]invariant.Finding, string, error) {
			r, err := Run(ctx, s, Options{Shards: shards})
			if err != nil {
				return nil, "", err
			}
			return r.Findings, fmt.Sprintf("%x", sha256.Sum256([]byte(tablesOf(t, r)))), nil
		}
	}
	seeds := swarmSeeds
	if testing.Short() {
		seeds = seeds[:2]
	}
	for _, seed := range seeds {
		found, err := swarm.Campaign{From: seed, Count: 1, Attacks: attack.Names(), Runner: runner(1), Again: runner(2)}.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found.Failures {
			t.Fatalf("seed %d: %d findings, first %s", seed, len(f.Findings), f.Findings[0])
		}
	}
}
