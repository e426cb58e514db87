package sim

import (
	"testing"

	"github.com/ledgerofthings/lot/sim/report"
	"github.com/ledgerofthings/lot/sim/scenario"
)

// holds runs a scenario with some seeds, each with one shard and with two, and fails at the first that breaks an invariant,
// does not run to its end, or comes out in two ways.
func holds(t *testing.T, text string, seeds int) {
	t.Helper()
	s := parse(t, text)
	if testing.Short() {
		seeds = 1
	}
	for seed := range uint64(seeds) {
		s.Seed = seed
		one := tablesOf(t, sound(t, s, 1))
		if two := tablesOf(t, sound(t, s, 2)); one != two {
			t.Fatalf("seed %d, one shard and two: %s", seed, difference(one, two))
		}
	}
}

// sound runs a scenario in which nothing may be found.
func sound(t *testing.T, s *scenario.Scenario, shards int) *report.Result {
	t.Helper()
	r := run(t, s, shards)
	if len(r.Findings) > 0 {
		t.Fatalf("seed %d, %d shards: %d findings, first %s", s.Seed, shards, len(r.Findings), r.Findings[0])
	}
	return r
}

// powerCuts take the unsynced writes of all nodes or of some, again and again, under load.
const powerCuts = `
duration = "215s"
load = [
  { kind = "reading", rate = 12.0, devices = 2, from = "3s", until = "34s" },
  { kind = "transfer", rate = 6.0, from = "3s", until = "34s" },
]
fault = [
  { kind = "crash", at = "8s", for = "2s", nodes = "0-8" },
  { kind = "crash", at = "14s", for = "3s", nodes = "0,2,5-8" },
  { kind = "crash", at = "20s", for = "1s", nodes = "1,3,4,6" },
  { kind = "crash", at = "26s", for = "2s", nodes = "0-8" },
  { kind = "crash", at = "31s", for = "3s", nodes = "1-7" },
]
[network]
nodes = 9
committee = 4
batch_count = 4
batch_window = "2s"
[topology]
degree = 4
[links]
model = "uniform"
min = "10ms"
max = "90ms"
[disk]
sync = "4ms"
`

func TestPowerCutsLoseNothing(t *testing.T) { holds(t, powerCuts, 2) }

// halves part the committee so that neither side has a quorum, twice, and lose messages in between.
const halves = `
duration = "222s"
load = [
  { kind = "transfer", rate = 5.0, from = "3s", until = "40s" },
]
fault = [
  { kind = "partition", at = "8s", for = "9s", nodes = "0,1,4-6" },
  { kind = "partition", at = "24s", for = "9s", nodes = "1,2,5-7,9" },
  { kind = "loss", at = "18s", for = "5s", nodes = "all", amount = 0.5 },
]
[network]
nodes = 10
committee = 4
[topology]
degree = 5
[links]
model = "uniform"
min = "10ms"
max = "90ms"
jitter = 0.3
loss = 0.02
reorder = 0.1
`

func TestHalvesOrderNothing(t *testing.T) { holds(t, halves, 2) }

// traitors are two members of seven that issue twin events, and gateways that spend twice, while the network parts.
const traitors = `
duration = "222s"
load = [
  { kind = "transfer", rate = 4.0, nodes = "2-12", from = "3s", until = "40s" },
]
fault = [
  { kind = "partition", at = "10s", for = "8s", nodes = "0,2-4,7-9" },
  { kind = "crash", at = "22s", for = "3s", nodes = "4,8-10" },
]
attack = [
  { kind = "equivocate", nodes = "0", from = "4s", until = "36s" },
  { kind = "twins", nodes = "1", from = "8s", until = "36s" },
  { kind = "double-spend", nodes = "12-13", from = "4s", until = "36s" },
]
[network]
nodes = 14
committee = 7
[topology]
degree = 6
[links]
model = "uniform"
min = "10ms"
max = "90ms"
jitter = 0.2
`

func TestTraitorsSplitNothing(t *testing.T) { holds(t, traitors, 2) }

// oldDisks puts nodes back to what they were, or to nothing, while they issue.
const oldDisks = `
duration = "222s"
load = [
  { kind = "transfer", rate = 5.0, from = "3s", until = "40s" },
  { kind = "reading", rate = 5.0, nodes = "gateways", from = "3s", until = "40s" },
]
fault = [
  { kind = "restore", at = "16s", for = "2s", age = "6s", nodes = "0,6-7" },
  { kind = "wipe", at = "24s", for = "2s", nodes = "8" },
  { kind = "skew", at = "5s", for = "30s", nodes = "1,9", amount = 2500 },
  { kind = "crash", at = "28s", for = "4s", nodes = "2-4" },
]
[network]
nodes = 10
committee = 5
batch_count = 6
batch_window = "3s"
[topology]
degree = 5
[links]
model = "uniform"
min = "10ms"
max = "90ms"
`

func TestOldDisksHarmOnlyTheirOwners(t *testing.T) { holds(t, oldDisks, 2) }

// doubleVotes are two members of seven that issue twin events, among links so uneven that hardly two members see the same votes.
// It does not end in peace: what counts is that nobody decides otherwise than others.
const doubleVotes = `
duration = "40s"
load = [
  { kind = "transfer", rate = 8.0, nodes = "8", from = "2s" },
]
attack = [
  { kind = "equivocate", nodes = "0" },
  { kind = "twins", nodes = "1" },
]
[network]
nodes = 9
committee = 7
[topology]
kind = "complete"
[links]
model = "uniform"
min = "5ms"
max = "900ms"
jitter = 1.0
reorder = 0.2
`

func TestDoubleVotesDecideNothing(t *testing.T) { holds(t, doubleVotes, 2) }

// lossy loses half of all messages, of a mesh that is thin, until all have something that others lack.
const lossy = `
duration = "222s"
load = [
  { kind = "transfer", rate = 2.0, from = "3s", until = "40s" },
]
fault = [
  { kind = "loss", at = "3s", for = "38s", nodes = "all", amount = 0.5 },
]
[network]
nodes = 16
committee = 4
[topology]
degree = 4
[links]
model = "uniform"
min = "10ms"
max = "90ms"
[gossip]
d = 2
d_low = 2
d_high = 3
d_lazy = 2
history_length = 3
history_gossip = 2
`

func TestLostMessagesComeByTheExchange(t *testing.T) { holds(t, lossy, 2) }

// lonely cuts a gateway and a member off, and takes their power meanwhile.
const lonely = `
duration = "215s"
load = [
  { kind = "reading", rate = 16.0, nodes = "3-7", from = "3s", until = "34s" },
  { kind = "transfer", rate = 3.0, from = "3s", until = "34s" },
]
fault = [
  { kind = "partition", at = "8s", for = "16s", nodes = "3" },
  { kind = "partition", at = "9s", for = "16s", nodes = "6" },
  { kind = "crash", at = "13s", for = "1s", nodes = "3,6" },
  { kind = "crash", at = "19s", for = "1s", nodes = "3,6" },
]
[network]
nodes = 8
committee = 4
batch_count = 3
batch_window = "1s"
[topology]
degree = 4
[links]
model = "uniform"
min = "10ms"
max = "90ms"
`

func TestLonelyNodesLoseNothing(t *testing.T) { holds(t, lonely, 2) }

// lulls has so little to do that nothing is written for seconds after a member has signed the log; then it loses its power and
// comes back where nobody can tell it what it forgot.
const lulls = `
duration = "250s"
load = [
  { kind = "transfer", process = "regular", rate = 0.25, nodes = "4", from = "3s", until = "60s" },
]
fault = [
  { kind = "partition", at = "17s", for = "9s", nodes = "0" },
  { kind = "crash", at = "18s", for = "1s", nodes = "0" },
  { kind = "partition", at = "33s", for = "9s", nodes = "1" },
  { kind = "crash", at = "34s", for = "1s", nodes = "1" },
  { kind = "partition", at = "49s", for = "9s", nodes = "2" },
  { kind = "crash", at = "50s", for = "1s", nodes = "2" },
]
[network]
nodes = 6
committee = 4
[topology]
kind = "complete"
[links]
model = "uniform"
min = "10ms"
max = "90ms"
`

func TestLullsKeepSignatures(t *testing.T) { holds(t, lulls, 2) }
