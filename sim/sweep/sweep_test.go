package sweep_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/sim/invariant"
	"github.com/ledgerofthings/lot/sim/report"
	"github.com/ledgerofthings/lot/sim/scenario"
	"github.com/ledgerofthings/lot/sim/sweep"
)

const text = `version = 1
name = "try"
duration = "10s"
[network]
nodes = 6
committee = 4
[topology]
degree = 4
[[load]]
kind = "transfer"
rate = 1.0
[grid]
network.committee = [4, 5]
links.loss = [0.0, 0.1]
`

func parse(t testing.TB, text string) *scenario.Scenario {
	t.Helper()
	s, err := scenario.Parse([]byte(text), "try.toml")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func plan(t testing.TB, text, version string, seeds uint64) *sweep.Plan {
	t.Helper()
	p, err := sweep.NewPlan(parse(t, text), version, sweep.Seeds{First: 1, Count: seeds})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// runner makes up results and keeps a list of what it ran.
type runner struct {
	mu     sync.Mutex
	ran    []string
	before func(s *scenario.Scenario) // may be nil
	broken uint64                     // seed at which an invariant is broken
	shift  uint64                     // makes results differ
}

func (r *runner) run(ctx context.Context, s *scenario.Scenario, progress func(now, until uint64)) (*report.Result, error) {
	if r.before != nil {
		r.before(s)
	}
	until := uint64(s.Duration)
	progress(until/2, until)
	r.mu.Lock()
	r.ran = append(r.ran, fmt.Sprintf("%d/%g/%d", s.Network.Committee, s.Links.Loss, s.Seed))
	r.mu.Unlock()
	result := &report.Result{
		Scenario: string(s.TOML()), Name: s.Name, Seed: s.Seed, Version: "v1", Until: until, Asked: until,
		Events: []report.Event{{ID: "e", Issued: 1, Final: 1000 + s.Seed + r.shift}}, Nodes: make([]report.Node, s.Network.Nodes),
	}
	if s.Seed == r.broken {
		result.Findings = []invariant.Finding{{Rule: invariant.RuleOneOrder, Node: -1, Detail: "made up"}}
	}
	if ctx.Err() != nil {
		result.Until = until / 3
	}
	return result, nil
}

func TestSweepRunsEveryCellAndSeedOnce(t *testing.T) {
	for _, parallel := range []int{0, 1, 3} {
		dir, r := filepath.Join(t.TempDir(), "out"), &runner{broken: 2}
		p := plan(t, text, "v1", 3)
		last := sweep.Progress{}
		done, err := p.Run(t.Context(), dir, sweep.Options{Runner: r.run, Parallel: parallel, Progress: func(now sweep.Progress) {
			if now.Done < last.Done || now.Work > now.Total+1e-9 {
				t.Errorf("progress went from %+v to %+v", last, now)
			}
			last = now
		}})
		if err != nil || done.Done != 12 || done.Jobs != 12 || done.Broken != 4 || last != done {
			t.Fatalf("%+v, %v; last told %+v", done, err, last)
		}
		slices.Sort(r.ran)
		if r.ran = slices.Compact(r.ran); len(r.ran) != 12 || r.ran[0] != "4/0.1/1" {
			t.Errorf("ran %v", r.ran)
		}
		summary, err := sweep.WriteTables(dir)
		if err != nil || summary.Cells != 4 || summary.Runs != 12 || summary.Least != 3 || summary.Most != 3 || len(summary.Broken) != 4 {
			t.Errorf("%+v, %v", summary, err)
		}
		wantTable(t, dir, "links.loss,network.committee,seed", 12)
	}
}

// wantTable checks the head and the number of rows of runs.csv.
func wantTable(t *testing.T, dir, head string, rows int) {
	t.Helper()
	table := read(t, filepath.Join(dir, report.RunsName))
	if lines := strings.Split(strings.TrimSpace(table), "\n"); !strings.HasPrefix(lines[0], head) || len(lines) != rows+1 {
		t.Errorf("the table has %d rows, want %d, and the head %q", len(lines)-1, rows, lines[0])
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// What was complete when a sweep was interrupted is not run again, and what was not is.
func TestSweepResumes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	ctx, cancel := context.WithCancel(t.Context())
	first := &runner{}
	first.before = func(s *scenario.Scenario) {
		if len(first.ran) == 4 {
			cancel()
		}
	}
	done, err := plan(t, text, "v1", 2).Run(ctx, dir, sweep.Options{Runner: first.run})
	if !errors.Is(err, context.Canceled) || done.Done != 4 {
		t.Fatalf("%+v, %v", done, err)
	}
	damaged := filepath.Join(dir, "cells", "links.loss=0,network.committee=4", "seed-1", report.SummaryName)
	if err := os.WriteFile(damaged, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	second := &runner{}
	done, err = plan(t, text, "v1", 3).Run(t.Context(), dir, sweep.Options{Runner: second.run})
	if err != nil || done.Kept != 3 || done.Done != 12 || len(second.ran) != 9 || second.ran[0] != "4/0/1" {
		t.Fatalf("%+v, %v, ran %v", done, err, second.ran)
	}
	if done, err = plan(t, text, "v1", 3).Run(t.Context(), dir, sweep.Options{}); err != nil || done.Kept != 12 {
		t.Errorf("%+v, %v: a complete sweep runs nothing", done, err)
	}
}

func TestFirstErrorEndsTheSweep(t *testing.T) {
	fault := errors.New("it cannot be")
	_, err := plan(t, text, "v1", 2).Run(t.Context(), t.TempDir(), sweep.Options{Parallel: 2, Runner: func(ctx context.Context, s *scenario.Scenario, _ func(now, until uint64)) (*report.Result, error) {
		if s.Seed == 1 {
			return nil, fault
		}
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	if !errors.Is(err, fault) || !strings.Contains(err.Error(), "seed 1") {
		t.Errorf("error %v", err)
	}
}

func TestFoldersOfOtherSweepsAreRefused(t *testing.T) {
	dir, r := t.TempDir(), &runner{}
	if _, err := plan(t, text, "v1", 1).Run(t.Context(), dir, sweep.Options{Runner: r.run}); err != nil {
		t.Fatal(err)
	}
	refused := func(want error, fragment, text, version, dir string) {
		t.Helper()
		_, err := plan(t, text, version, 1).Run(t.Context(), dir, sweep.Options{Runner: r.run})
		if !errors.Is(err, want) || !strings.Contains(err.Error(), fragment) {
			t.Errorf("error %v, want %v with %q", err, want, fragment)
		}
	}
	refused(sweep.ErrOther, "begun with v1 and this is v2", text, "v2", dir)
	refused(sweep.ErrOther, "in [[load]] it has rate = 1.0 where there is now rate = 2.0", strings.Replace(text, "rate = 1.0", "rate = 2.0", 1), "v1", dir)
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, "letter"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(report.ErrForeign, "such as letter", text, "v1", foreign)
	refused(report.ErrForeign, "is a file", text, "v1", filepath.Join(foreign, "letter"))
	if err := os.WriteFile(filepath.Join(dir, sweep.ScenarioName), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(sweep.ErrNoSweep, "was changed since", text, "v1", dir)
}

// A run of something else that lies in a sweep is not counted as one of it.
func TestForeignRunInSweep(t *testing.T) {
	dir, r, p := t.TempDir(), &runner{}, plan(t, text, "v1", 1)
	if _, err := p.Run(t.Context(), dir, sweep.Options{Runner: r.run}); err != nil {
		t.Fatal(err)
	}
	other, err := r.run(t.Context(), parse(t, strings.Replace(text, "10s", "11s", 1)), func(uint64, uint64) {})
	if err != nil {
		t.Fatal(err)
	}
	if err := report.Write(filepath.Join(dir, p.Folder(p.Jobs[0])), other); err != nil {
		t.Fatal(err)
	}
	if _, err = p.Run(t.Context(), dir, sweep.Options{Runner: r.run}); !errors.Is(err, sweep.ErrOther) {
		t.Errorf("error %v", err)
	}
	other.Version = "v3"
	if err := report.Write(filepath.Join(dir, p.Folder(p.Jobs[0])), other); err != nil {
		t.Fatal(err)
	}
	if _, err = sweep.WriteTables(dir); !errors.Is(err, sweep.ErrOther) {
		t.Errorf("error %v", err)
	}
}

// Parts that are run apart and merged are the sweep that is run as a whole, byte for byte.
func TestMergedPartsAreTheWhole(t *testing.T) {
	root, whole := t.TempDir(), filepath.Join(t.TempDir(), "whole")
	if _, err := plan(t, text, "v1", 3).Run(t.Context(), whole, sweep.Options{Runner: (&runner{}).run}); err != nil {
		t.Fatal(err)
	}
	var parts []string
	for n := range 5 {
		p := plan(t, text, "v1", 3)
		p.Only(sweep.Part{Number: n + 1, Of: 5})
		dir := filepath.Join(root, fmt.Sprint(n))
		if _, err := p.Run(t.Context(), dir, sweep.Options{Runner: (&runner{}).run}); err != nil {
			t.Fatal(err)
		}
		parts = append(parts, dir)
	}
	merged := filepath.Join(root, "merged")
	if _, err := sweep.Merge(merged, append(parts, parts[0])...); err != nil { // the same run twice is one
		t.Fatal(err)
	}
	if _, err := sweep.Merge(whole); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{report.SweepCSVName, report.RunsName, report.SweepPageName, report.SweepName} {
		if read(t, filepath.Join(merged, name)) != read(t, filepath.Join(whole, name)) {
			t.Errorf("%s differs", name)
		}
	}
}

func TestMergeRefuses(t *testing.T) {
	root := t.TempDir()
	make := func(name, text, version string, shift uint64) string {
		t.Helper()
		dir := filepath.Join(root, name)
		run := func(ctx context.Context, s *scenario.Scenario, progress func(now, until uint64)) (*report.Result, error) {
			r, err := (&runner{shift: shift}).run(ctx, s, progress)
			r.Version = version
			return r, err
		}
		if _, err := plan(t, text, version, 1).Run(t.Context(), dir, sweep.Options{Runner: run}); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	first := make("first", text, "v1", 0)
	for _, c := range []struct {
		with, fragment string
		want           error
	}{
		{make("version", text, "v2", 0), "begun with v2", sweep.ErrOther},
		{make("scenario", strings.Replace(text, "10s", "11s", 1), "v1", 0), "duration", sweep.ErrOther},
		{make("differs", text, "v1", 7), `events.csv, row 1, final_us: "1001" and "1008"`, sweep.ErrDiffers},
		{root, "there is no " + sweep.PlanName, sweep.ErrNoSweep},
	} {
		_, err := sweep.Merge(filepath.Join(t.TempDir(), "out"), first, c.with)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.fragment) {
			t.Errorf("error %v, want %v with %q", err, c.want, c.fragment)
		}
	}
	if _, err := sweep.Merge(filepath.Join(root, "nowhere")); !errors.Is(err, sweep.ErrNoSweep) {
		t.Errorf("error %v", err)
	}
}

// However a sweep is split, every job is in exactly one part, and the parts differ by one job at most.
func TestPartsCover(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seeds, of := rapid.Uint64Range(1, 12).Draw(rt, "seeds"), rapid.IntRange(1, 60).Draw(rt, "parts")
		whole := sweep.Plan{}
		for n := range 4 * seeds {
			whole.Jobs = append(whole.Jobs, sweep.Job{Cell: int(n % 4), Seed: n / 4})
		}
		seen, fewest, most := map[sweep.Job]int{}, 1<<30, 0
		for n := range of {
			p := sweep.Plan{Jobs: slices.Clone(whole.Jobs)}
			p.Only(sweep.Part{Number: n + 1, Of: of})
			for _, j := range p.Jobs {
				seen[j]++
			}
			fewest, most = min(fewest, len(p.Jobs)), max(most, len(p.Jobs))
		}
		if len(seen) != int(4*seeds) || most-fewest > 1 {
			rt.Errorf("%d of %d jobs, %d to %d in a part", len(seen), 4*seeds, fewest, most)
		}
		for j, times := range seen {
			if times != 1 {
				rt.Errorf("%v is in %d parts", j, times)
			}
		}
	})
}

func TestPlanAndPartFaults(t *testing.T) {
	for _, seeds := range []sweep.Seeds{{1, 0}, {1, 1 << 40}, {1<<63 - 2, 3}, {1<<64 - 1, 1}} {
		if _, err := sweep.NewPlan(parse(t, text), "v1", seeds); !errors.Is(err, sweep.ErrPlan) {
			t.Errorf("%v: error %v", seeds, err)
		}
	}
	for _, part := range []string{"", "1", "0/3", "4/3", "-1/2", "1/2/3", "a/b", "1/9999999"} {
		if _, err := sweep.ParsePart(part); !errors.Is(err, sweep.ErrPlan) {
			t.Errorf("%q: error %v", part, err)
		}
	}
	if p, err := sweep.ParsePart("3/16"); err != nil || p != (sweep.Part{Number: 3, Of: 16}) {
		t.Errorf("%v, %v", p, err)
	}
}

func FuzzParsePart(f *testing.F) {
	f.Add("1/2")
	f.Add("16/16")
	f.Add("+1/2")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := sweep.ParsePart(text); err == nil && (p.Number < 1 || p.Number > p.Of) {
			t.Errorf("%q is %v", text, p)
		}
	})
}
