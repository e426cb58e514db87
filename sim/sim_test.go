package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/ledgerofthings/lot/sim/report"
	"github.com/ledgerofthings/lot/sim/scenario"
)

// parse reads a scenario of a test.
func parse(t testing.TB, text string) *scenario.Scenario {
	t.Helper()
	s, err := scenario.Parse([]byte("version = 1\nname = \"test\"\n"+text), "test.toml")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// run carries out a scenario.
func run(t testing.TB, s *scenario.Scenario, shards int) *report.Result {
	t.Helper()
	r, err := Run(context.Background(), s, Options{Shards: shards})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// tablesOf is a result without what the machine and the number of shards decide.
func tablesOf(t testing.TB, r *report.Result) string {
	t.Helper()
	clone := *r
	clone.Machine = report.Machine{}
	b, err := json.MarshalIndent(clone, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

const quiet = `
duration = "40s"
[network]
nodes = 12
committee = 4
[topology]
degree = 5
[links]
model = "uniform"
min = "20ms"
max = "80ms"
[[load]]
kind = "transfer"
rate = 2.0
from = "4s"
until = "30s"
`

// In a network without faults every payload becomes final at every node, and no invariant is broken.
func TestEverythingBecomesFinal(t *testing.T) {
	r := run(t, parse(t, quiet), 1)
	if len(r.Findings) > 0 {
		t.Fatal(r.Findings)
	}
	if len(r.Events) < 30 || r.Totals.Refused > 0 {
		t.Fatalf("%d payload events, %d refused", len(r.Events), r.Totals.Refused)
	}
	for _, e := range r.Events {
		if e.Reached != 12 || e.Final == 0 || e.FinalOwn == 0 || e.Status != "applied" {
			t.Errorf("%+v", e)
		}
		if wait := e.FinalOwn - e.Issued; wait < 60_000 || wait > 3_000_000 {
			t.Errorf("final after %d us", wait)
		}
	}
}

// stormy has a bit of everything.
const stormy = `
duration = "60s"
[network]
nodes = 14
committee = 5
weights = [3, 2, 2, 2, 1]
[topology]
degree = 6
[links]
model = "uniform"
min = "5ms"
max = "120ms"
jitter = 0.3
loss = 0.03
duplicate = 0.02
reorder = 0.1
up = 2000
down = 4000
[[load]]
kind = "transfer"
rate = 3.0
from = "3s"
until = "40s"
[[load]]
kind = "reading"
rate = 8.0
devices = 2
nodes = "gateways"
from = "3s"
until = "40s"
[[churn]]
nodes = "gateways:3"
kind = "exponential"
up = "10s"
down = "4s"
until = "40s"
[[fault]]
kind = "partition"
at = "10s"
for = "8s"
nodes = "0,5-8"
[[fault]]
kind = "crash"
at = "22s"
for = "3s"
nodes = "all"
[[fault]]
kind = "restore"
at = "30s"
for = "2s"
age = "10s"
nodes = "9"
[[fault]]
kind = "skew"
at = "5s"
for = "20s"
nodes = "2"
amount = 1500
[[fault]]
kind = "wipe"
at = "35s"
for = "2s"
nodes = "10"
[[fault]]
kind = "slow-disk"
at = "8s"
for = "10s"
nodes = "1"
amount = 40
`

// The outcome is the same, byte for byte, for every number of shards, and so for every way of sharing what is computed once.
func TestShardsDoNotMatter(t *testing.T) {
	for name, text := range map[string]string{"quiet": quiet, "stormy": stormy} {
		t.Run(name, func(t *testing.T) {
			s := parse(t, text)
			want := tablesOf(t, run(t, s, 1))
			for _, shards := range []int{1, 2, 3, s.Network.Nodes} {
				if got := tablesOf(t, run(t, s, shards)); got != want {
					t.Errorf("%d shards: %s", shards, difference(got, want))
				}
			}
		})
	}
}

// difference shows where two texts part.
func difference(a, b string) string {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	from := max(0, n-200)
	return fmt.Sprintf("at byte %d:\n%s\n--- and\n%s", n, a[from:min(len(a), n+200)], b[from:min(len(b), n+200)])
}

// Another seed gives another run.
func TestSeedMatters(t *testing.T) {
	s := parse(t, quiet)
	first := run(t, s, 1).Hash
	s.Seed++
	if run(t, s, 1).Hash == first {
		t.Error("two seeds give one outcome")
	}
}

// Storms break nothing that must hold.
func TestStormKeepsInvariants(t *testing.T) {
	for seed := range uint64(3) {
		s := parse(t, stormy)
		s.Seed = seed
		r := run(t, s, 1)
		for _, f := range r.Findings {
			t.Errorf("seed %d: %s", seed, f)
		}
	}
}
