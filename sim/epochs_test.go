package sim

import (
	"testing"

	"github.com/ledgerofthings/lot/sim/report"
)

// turning has short epochs, newcomers, a change of the committee and somebody who leaves, while nodes come and go.
const turning = `
duration = "235s"
load = [
  { kind = "transfer", rate = 5.0, nodes = "0-8", from = "3s", until = "50s" },
  { kind = "reading", rate = 4.0, nodes = "4-8", from = "3s", until = "50s" },
]
fault = [
  { kind = "partition", at = "8s", for = "6s", nodes = "0,5-6" },
  { kind = "crash", at = "12s", for = "14s", nodes = "2,7" },
  { kind = "crash", at = "34s", for = "2s", nodes = "all" },
]
join = [
  { nodes = "9-12", at = "10s", within = "8s" },
]
leave = [
  { nodes = "8", at = "30s" },
]
govern = [
  { verb = "seat", at = "22s", nodes = "4", weight = 2 },
  { verb = "seat", at = "28s", nodes = "1" },
  { verb = "version", at = "40s", value = 2 },
]
[network]
nodes = 13
committee = 4
epoch_rounds = 30
keep = "10s"
batch_count = 4
batch_window = "2s"
[topology]
degree = 4
[links]
model = "uniform"
min = "10ms"
max = "90ms"
`

func TestEpochsTurn(t *testing.T) {
	s := parse(t, turning)
	seeds := uint64(3)
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		s.Seed = seed
		one := sound(t, s, 1)
		checkTurning(t, one)
		if two := sound(t, s, 2); tablesOf(t, two) != tablesOf(t, one) {
			t.Fatalf("seed %d, one shard and two: %s", seed, difference(tablesOf(t, one), tablesOf(t, two)))
		}
	}
}

func checkTurning(t *testing.T, r *report.Result) {
	t.Helper()
	if n := r.Totals; n.Epochs < 8 || n.Admitted != 4 {
		t.Fatalf("%d epochs were sealed, %d newcomers came, %d payloads were void", n.Epochs, n.Admitted, n.Voided)
	}
	t.Logf("%d epochs, %d of %d payloads void, %d snapshots, %d newcomers", r.Totals.Epochs, r.Totals.Voided, r.Totals.Payloads,
		r.Totals.Snapshots, r.Totals.Admitted)
}

// late has epochs so short, and messages so slow, that much of what is issued comes too late for its epoch.
const late = `
duration = "200s"
load = [
  { kind = "transfer", rate = 4.0, from = "3s", until = "19s" },
  { kind = "reading", rate = 12.0, nodes = "4-7", from = "3s", until = "19s" },
]
fault = [
  { kind = "delay", at = "4s", for = "14s", nodes = "4-7", amount = 12.0 },
]
[network]
nodes = 8
committee = 4
epoch_rounds = 12
batch_count = 3
batch_window = "500ms"
[topology]
kind = "complete"
[links]
model = "uniform"
min = "10ms"
max = "90ms"
`

func TestLatePayloadsTakeEffectOnce(t *testing.T) {
	s := parse(t, late)
	r := sound(t, s, 1)
	if r.Totals.Voided < 20 {
		t.Fatalf("only %d of %d payloads came too late", r.Totals.Voided, r.Totals.Payloads)
	}
	if two := sound(t, s, 2); tablesOf(t, two) != tablesOf(t, r) {
		t.Fatalf("one shard and two: %s", difference(tablesOf(t, r), tablesOf(t, two)))
	}
}
