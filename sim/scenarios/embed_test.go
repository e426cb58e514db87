package scenarios_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/sim/scenario"
	"github.com/ledgerofthings/lot/sim/scenarios"
)

// promised are the scenarios that come with Lot.
var promised = []string{
	"churn", "city", "committee-change", "committee-crash", "double-spend", "epoch-switch", "finality", "hundred-thousand",
	"idle-deadlines", "join-storm", "k-sweep", "parasite-chain", "partition-and-heal", "power-cut", "pruning", "quickstart", "spam",
	"ten-thousand", "total-blackout", "week-offline",
}

// warned are those that warn on purpose, and of what.
var warned = map[string]string{"k-sweep": "up to 4 of 4 of the committee's weight"}

func TestAllScenariosAreThereAndValid(t *testing.T) {
	if got := scenarios.List(); !slices.Equal(got, promised) {
		t.Fatalf("there are %v, want %v", got, promised)
	}
	for _, name := range scenarios.List() {
		t.Run(name, func(t *testing.T) {
			s, err := scenario.Open("builtin:" + name)
			if err != nil {
				t.Fatal(err)
			}
			if s.Name != name || s.About == "" {
				t.Errorf("it is called %q and is about %q", s.Name, s.About)
			}
			switch said := strings.Join(s.Warnings(), "\n"); {
			case warned[name] == "" && said != "":
				t.Error(said)
			case !strings.Contains(said, warned[name]):
				t.Errorf("it warns %q, want %q", said, warned[name])
			}
			checkText(t, name)
			checkCells(t, s)
		})
	}
}

// checkText holds a scenario's first lines to what they have to say.
func checkText(t *testing.T, name string) {
	text, known := scenarios.Read(name)
	if !known {
		t.Fatal("it cannot be read")
	}
	head, _, _ := strings.Cut(string(text), "\nversion = ")
	for _, want := range []string{"# In the report: ", "# Next: ", "lot sim "} {
		if !strings.Contains(head, want) {
			t.Errorf("its first lines do not have %q", want)
		}
	}
	if long := slices.IndexFunc(strings.Split(string(text), "\n"), func(line string) bool { return len(line) > 150 }); long >= 0 {
		t.Errorf("line %d is too long to read", long+1)
	}
}

// checkCells holds each run to a machine with two cores and 16 GB, and to a quarter of an hour.
func checkCells(t *testing.T, s *scenario.Scenario) {
	cells, err := s.Cells()
	if err != nil {
		t.Fatal(err)
	}
	for _, cell := range cells {
		if err := cell.Scenario.CheckMemory(16e9, 2); err != nil {
			t.Error(cell.Name, err)
		}
		e := cell.Scenario.Estimate()
		most := 900.0
		if s.Name == "quickstart" {
			most = 10
		}
		if e.Seconds > most || math.IsNaN(e.Seconds) {
			t.Errorf("%s takes %.0f s: %s", cell.Name, e.Seconds, e.Why)
		}
		t.Logf("%s: %.0f s, %.1f GB, busy %.2f", cell.Name, e.Seconds, float64(e.Memory)/1e9, e.Busy)
	}
}

func TestReadRefusesOtherNames(t *testing.T) {
	for _, name := range []string{"", "none", "../scenario/testdata/wrong", "city.toml"} {
		if _, known := scenarios.Read(name); known {
			t.Errorf("%q is known", name)
		}
	}
}
