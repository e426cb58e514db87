package report

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/ledgerofthings/lot/sim/invariant"
)

var update = flag.Bool("update", false, "write testdata anew")

// small is a result whose figures can be checked by hand.
func small() *Result {
	return &Result{
		Scenario: "version = 1\n", Name: "three-events", About: "Three events of two nodes", Seed: 1, Version: "v1.0.0", Hash: "00ff",
		Until: 3 * second, Asked: 3 * second, Warmup: second, Start: 1_800_000_000_000, Signed: true,
		Theory: &Theory{Approvals: 2, Rate: 10, Delay: 100_000},
		Events: []Event{
			{ID: "warm", Issuer: 0, Kind: "transfer", Size: 300, Issued: 900_000, Reached: 2, Half: 900_001, Most: 901_000, All: 901_000, Approved: 902_000, Final: 950_000, FinalOwn: 960_000, Status: "ok"},
			{ID: "one", Issuer: 1, Kind: "anchor", Size: 310, Issued: 1_100_000, Reached: 2, Half: 1_150_000, Most: 1_200_000, All: 1_200_000, Approved: 1_250_000, Final: 1_600_000, FinalOwn: 1_700_000, Status: "ok"},
			{ID: "lost", Issuer: 1, Kind: "transfer", Size: 290, Issued: 1_200_000, Reached: 1},
		},
		Nodes: []Node{
			{Number: 0, Role: "committee", Place: "Oslo", Up: 3 * second, Attached: 3, Ordered: 2, Issued: 1, BytesIn: 900, BytesOut: 1200, Copies: 9, Duplicates: 6, Busy: 30_000},
			{Number: 1, Role: "gateway", Up: 2 * second, Restarts: 1, Attached: 2, Ordered: 2, Issued: 2, BytesIn: 1200, BytesOut: 900, Copies: 8, Duplicates: 4, Busy: 10_000},
		},
		Series: []Second{
			{At: 0, Up: 2, Tips: 1, Open: 1, Payloads: 1, Final: 1, Deliveries: 1, Copies: 3, Duplicates: 2, Bytes: 600, Commits: 1},
			{At: second, Up: 2, Tips: 2.5, Open: 2, Payloads: 2, Witnesses: 4, Final: 1, Deliveries: 3, Copies: 9, Duplicates: 6, Bytes: 900, Commits: 2},
			{At: 2 * second, Up: 1, Tips: 1.5, Open: 1, Copies: 5, Duplicates: 2, Bytes: 600},
		},
		Commits: []Commit{
			{Number: 1, Slot: 3, Leader: "warm", Time: 1_800_000_000_800, Events: 2, Payloads: 1, First: 950_000, Last: 960_000, Nodes: 2},
			{Number: 2, Slot: 4, Leader: "one", Time: 1_800_000_001_200, Events: 3, Payloads: 1, First: 1_600_000, Last: 1_700_000, Nodes: 2},
		},
		Timeline: []Moment{{At: second, Until: 2 * second, Node: 1, Kind: MomentFault, What: "crash of 1"}},
		Totals:   Totals{Deliveries: 4, Copies: 17, Bytes: 2100, Payloads: 3, Witnesses: 4, Final: 2, Items: 40},
		Findings: []invariant.Finding{{Rule: "supply", At: 1_234_567, Node: 1, Detail: "9 units, want 10, of \"all\""}},
		Machine:  Machine{Seconds: 2, CPU: 3, Memory: 1000, PerNode: 10, Cores: 2, Shards: 2, Go: "go1.26", System: "linux/amd64"},
	}
}

func TestTablesAndSummariesAreAsAgreed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	if err := Write(dir, small()); err != nil {
		t.Fatal(err)
	}
	names := []string{SummaryName, TextName, MachineName}
	for _, table := range tables {
		names = append(names, table.name)
	}
	for _, name := range names {
		compareGolden(t, dir, name, "small")
	}
}

// compareGolden compares a file with its agreed version, or writes that.
func compareGolden(t *testing.T, dir, name, set string) {
	t.Helper()
	got, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", set, name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s is\n%s\nwant\n%s", name, got, want)
	}
}

func TestMachineText(t *testing.T) {
	r := small()
	const want = "2 s on 2 cores in 2 shards, 3 s of processor time: 1.5 times real time, 2 unique deliveries a second; 1 kB of memory, 10 B a node at rest"
	if got := r.Machine.Text(r); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := (&Machine{}).Text(r); got == "" {
		t.Error("no text for a machine without figures")
	}
}
