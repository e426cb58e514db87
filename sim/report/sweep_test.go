package report

import (
	"encoding/csv"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// runWith is a run that measured some tips.
func runWith(seed uint64, tips float64) Run {
	return Run{Seed: seed, Figures: Figures{Seconds: 1, Tips: tips, TheoryTips: 2}}
}

func TestSummariseGivesStudentsInterval(t *testing.T) {
	var runs []Run
	for i := range 5 {
		runs = append(runs, runWith(uint64(i), float64(5-i)))
	}
	e, ok := find(Summarise(runs), "tips")
	// s = sqrt(2.5), t(0.975, 4) = 2.776445, so half the interval is 2.776445*sqrt(2.5/5).
	half := 2.776445105 * math.Sqrt(0.5)
	if !ok || e.Runs != 5 || e.Mean != 3 || e.Median != 3 || math.Abs(e.High-3-half) > 1e-6 || math.Abs(3-e.Low-half) > 1e-6 {
		t.Errorf("got %+v, want 3 ± %v", e, half)
	}
	e, _ = find(Summarise(runs[:4]), "tips")
	if e.Median != 3.5 {
		t.Errorf("the median of four is %v, want 3.5", e.Median)
	}
}

func TestOneRunHasNoInterval(t *testing.T) {
	e, _ := find(Summarise([]Run{runWith(1, 4)}), "tips")
	if e.Mean != 4 || e.Median != 4 || !math.IsNaN(e.Low) || !math.IsNaN(e.High) {
		t.Errorf("got %+v", e)
	}
	if got := Summarise(nil); len(got) != 0 {
		t.Errorf("no runs give %v", got)
	}
}

func TestAFigureOfSomeRunsCountsThese(t *testing.T) {
	idle := Run{Seed: 3}
	e, _ := find(Summarise([]Run{idle, runWith(1, 4), runWith(2, 6)}), "tips")
	if e.Runs != 2 || e.Mean != 5 {
		t.Errorf("got %+v", e)
	}
}

// grid2 is a sweep over two settings with three seeds each.
func grid2() (cells []Cell) {
	for _, k := range []string{"2", "4", "8"} {
		for _, delay := range []string{"50ms", "1.5s"} {
			cell := Cell{Settings: []Setting{{"network.approvals", k}, {"links.delay", delay}}}
			for seed := range uint64(3) {
				r := synthetic(5, 100, 10)
				r.Seed = seed
				r.Theory = &Theory{Approvals: int(k[0] - '0'), Rate: 10, Delay: 100_000}
				cell.Runs = append(cell.Runs, RunOf(r))
			}
			cells = append(cells, cell)
		}
	}
	return cells
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func TestWriteSweep(t *testing.T) {
	dir, cells := filepath.Join(t.TempDir(), "out"), grid2()
	if err := os.MkdirAll(filepath.Join(dir, "cell-0"), 0o755); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it replaces the first
		if err := WriteSweep(dir, "k-sweep", cells); err != nil {
			t.Fatal(err)
		}
	}
	wantEntries(t, dir, "cell-0", RunsName, SweepCSVName, SweepPageName, SweepName)
	runs := readCSV(t, filepath.Join(dir, RunsName))
	if len(runs) != 1+18 || !reflect.DeepEqual(runs[0][:3], []string{"network.approvals", "links.delay", "seed"}) {
		t.Errorf("%d lines in %s, the first is %v", len(runs), RunsName, runs[0])
	}
	estimates := readCSV(t, filepath.Join(dir, SweepCSVName))
	figures := len(cells[0].Runs[0].Figures.List())
	if len(estimates) != 1+6*figures {
		t.Errorf("%d lines in %s, want %d", len(estimates), SweepCSVName, 1+6*figures)
	}
	for _, line := range estimates[1:] {
		low, mean, high := float(t, line[6]), float(t, line[4]), float(t, line[7])
		if low > mean || mean > high {
			t.Errorf("mean %v is not between %v and %v", mean, low, high)
		}
	}
	page := mustRead(t, filepath.Join(dir, SweepPageName))
	checkPage(t, page)
	if len(charts(t, page)) < 8 || !strings.Contains(page, "links.delay = 1.5s") || !strings.Contains(page, "No invariant was broken") {
		t.Errorf("the page has the charts %v", charts(t, page))
	}
}

func float(t *testing.T, text string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func mustRead(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestSweepPagesOfOddGrids(t *testing.T) {
	many := []Cell{}
	for i := range 12 {
		name := strconv.Itoa(i)
		many = append(many, Cell{Settings: []Setting{{"load.0.rate", "5"}, {"topology.kind", "kind <" + name + ">"}, {"links.model", "m" + name}},
			Runs: []Run{runWith(1, float64(i))}})
	}
	failed := runWith(1, 2)
	failed.Figures.Findings, failed.Figures.Interrupted = 1, true
	cases := map[string][]Cell{
		"none":       nil,
		"no runs":    {{Settings: []Setting{{"a", "1"}}}},
		"seeds":      {{Runs: []Run{runWith(1, 2), runWith(2, 3)}}},
		"names":      many,
		"failed":     {{Settings: []Setting{{"a", "=1"}}, Runs: []Run{failed}}, {Settings: []Setting{{"a", "2"}}, Runs: []Run{runWith(2, 2)}}},
		"not finite": {{Settings: []Setting{{"a", "inf"}}, Runs: []Run{failed}}, {Settings: []Setting{{"a", "NaN"}}, Runs: []Run{runWith(2, 2)}}},
	}
	for name, cells := range cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := WriteSweep(dir, "odd", cells); err != nil {
				t.Fatal(err)
			}
			page := mustRead(t, filepath.Join(dir, SweepPageName))
			checkPage(t, page)
			if broken := name == "failed" || name == "not finite"; strings.Contains(page, "in 1 of 2 runs") != broken {
				t.Errorf("broken invariants are reported: %t", !broken)
			}
		})
	}
}

func TestWriteSweepRefusals(t *testing.T) {
	dir := t.TempDir()
	unlike := []Cell{{Settings: []Setting{{"a", "1"}}}, {Settings: []Setting{{"b", "1"}}}}
	if err := WriteSweep(dir, "x", unlike); err == nil || !strings.Contains(err.Error(), "cell 1") {
		t.Errorf("cells of different grids: error %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, RunsName), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := WriteSweep(dir, "x", nil); !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), RunsName) {
		t.Errorf("a foreign file: error %v", err)
	}
	wantEntries(t, dir, RunsName)
}
