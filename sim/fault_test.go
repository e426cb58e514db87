package sim

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/sim/attack"
	"github.com/ledgerofthings/lot/sim/invariant"
	"github.com/ledgerofthings/lot/sim/report"
)

// base is a network whose end is calm, so that everything must get done.
const base = `
duration = "%s"
[network]
nodes = 9
committee = 4
[topology]
degree = 6
[links]
model = "uniform"
min = "20ms"
max = "60ms"
[[load]]
kind = "transfer"
rate = 2.0
from = "3s"
until = "35s"
[[load]]
kind = "reading"
rate = 4.0
nodes = "gateways"
from = "3s"
until = "35s"
`

const calm = "220s" // Patience and half of it again after the last fault

// Every kind of fault can be seen to happen, and nothing that must hold is broken by it.
func TestFaults(t *testing.T) {
	for name, c := range map[string]struct {
		fault string
		shows func(r *report.Result) bool
	}{
		"crash":   {"kind = \"crash\"\nnodes = \"1,6\"", restarted(1, 6)},
		"wipe":    {"kind = \"wipe\"\nnodes = \"7\"", restarted(7)},
		"restore": {"kind = \"restore\"\nnodes = \"6\"\nage = \"5s\"", restarted(6)},
		"corrupt": {"kind = \"corrupt\"\nnodes = \"5,6,7,8\"", func(r *report.Result) bool {
			return slices.ContainsFunc(r.Timeline, func(m report.Moment) bool { return strings.Contains(m.What, "stopped by itself") })
		}},
		"partition": {"kind = \"partition\"\nnodes = \"0-1,5\"", func(r *report.Result) bool {
			return slowest(r) > 8_000_000 // no side has a quorum
		}},
		"loss": {"kind = \"loss\"\nnodes = \"all\"\namount = 0.3", func(r *report.Result) bool { return r.Totals.Lost > 200 }},
		"delay": {"kind = \"delay\"\nnodes = \"all\"\namount = 5.0", func(r *report.Result) bool {
			return slowest(r) > 1_500_000
		}},
		"skew":      {"kind = \"skew\"\nnodes = \"0\"\namount = 120000", nil},
		"slow-disk": {"kind = \"slow-disk\"\nnodes = \"committee\"\namount = 400", func(r *report.Result) bool { return slowest(r) > 1_500_000 }},
		"full-disk": {"kind = \"full-disk\"\nnodes = \"gateways\"", func(r *report.Result) bool { return r.Totals.Refused > 10 }},
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "crash" && name != "restore" {
				t.Skip("the long test has it")
			}
			s := parse(t, fmt.Sprintf(base, calm)+"[[fault]]\nat = \"15s\"\nfor = \"10s\"\n"+c.fault)
			r := run(t, s, 1)
			for _, f := range r.Findings {
				t.Error(f)
			}
			if c.shows != nil && !c.shows(r) {
				t.Errorf("it cannot be seen: %+v %v", r.Totals, r.Timeline)
			}
			if r.Totals.Final < 50 {
				t.Errorf("%d of %d payload events are final everywhere", r.Totals.Final, r.Totals.Payloads)
			}
		})
	}
}

func restarted(nodes ...int) func(*report.Result) bool {
	return func(r *report.Result) bool {
		return !slices.ContainsFunc(nodes, func(n int) bool { return r.Nodes[n].Restarts == 0 })
	}
}

// slowest returns the longest time to finality.
func slowest(r *report.Result) (us uint64) {
	for _, e := range r.Events {
		if e.FinalOwn > 0 {
			us = max(us, e.FinalOwn-e.Issued)
		}
	}
	return us
}

// No kind of attack by less than a third of the weight breaks anything, or keeps what honest nodes issue from becoming final; and
// each run repeats with another number of shards.
func TestAttacks(t *testing.T) {
	kinds := attack.Names()
	if testing.Short() {
		kinds = []string{"equivocate", "twins"}
	}
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			s := parse(t, fmt.Sprintf(base, calm)+"[[attack]]\nkind = \""+kind+"\"\nnodes = \"0,8\"\nfrom = \"8s\"\nuntil = \"25s\"\n")
			s.Network.MaxRate = 50
			r := run(t, s, 1)
			for _, f := range r.Findings {
				t.Error(f)
			}
			if again := run(t, s, 2); tablesOf(t, again) != tablesOf(t, r) {
				t.Error("two shards: " + difference(tablesOf(t, again), tablesOf(t, r)))
			}
		})
	}
}

// Most of the committee running twice, between two halves that do not reach each other, breaks the order, and the run says so.
// Otherwise its silence on smaller attacks would mean nothing.
func TestTooManyTwinsAreSeen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "halves")
	if err := os.WriteFile(path, []byte("0 3\n0 4\n1 5\n1 6\n2 7\n2 8\n0 5\n0 6\n1 3\n1 4\n3 5\n5 7\n4 6\n6 8\n2 4\n2 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := parse(t, fmt.Sprintf(base, "60s")+"[[attack]]\nkind = \"twins\"\nnodes = \"0-2\"\nfrom = \"8s\"\n")
	s.Topology.Kind, s.Topology.File = "file", path
	for _, shards := range []int{1, 3} {
		r := run(t, s, shards)
		if !slices.ContainsFunc(r.Findings, func(f invariant.Finding) bool { return f.Rule == invariant.RuleOneOrder }) {
			t.Errorf("%d shards: the order broke unseen: %v", shards, r.Findings)
		}
	}
}

// A run that is interrupted returns what was measured until then.
func TestInterruptedRun(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := parse(t, fmt.Sprintf(base, "60s"))
	r, err := Run(ctx, s, Options{Progress: func(now, _ uint64) {
		if now > 20_000_000 {
			cancel()
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Until < 20_000_000 || r.Until > 25_000_000 || r.Asked != 60_000_000 || len(r.Events) < 20 {
		t.Errorf("until %d of %d, %d events", r.Until, r.Asked, len(r.Events))
	}
}
