package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/sim/report"
)

// village is a scenario that runs in no time.
const village = `version = 1
name = "village"
about = "Five nodes for ten seconds."
duration = "10s"
warmup = "2s"
[network]
nodes = 5
committee = 4
[topology]
kind = "complete"
[links]
model = "uniform"
min = "10ms"
max = "40ms"
[[load]]
kind = "transfer"
rate = 2.0
until = "8s"
`

// newVillage returns a shell, the village's file, and a function for paths beside it.
func newVillage(t *testing.T) (s *shell, file string, beside func(string) string) {
	t.Helper()
	s = newShell(t)
	file = s.file("village.toml", []byte(village))
	return s, file, func(name string) string { return filepath.Join(filepath.Dir(file), name) }
}

func TestSimRun(t *testing.T) {
	s, file, beside := newVillage(t)
	out := beside("run")
	r := s.want(exitOK, "No invariant was broken.", "sim", "run", file, "--seed", "3", "--out", out)
	if !strings.Contains(r.out, filepath.Join(out, "report.html")) || !strings.Contains(r.err, "of memory: 5 nodes") || strings.Contains(r.err, "\r") {
		t.Errorf("out %s, err %s", r.out, r.err)
	}
	m, err := report.ReadManifest(out)
	if err != nil || m.Seed != 3 || m.Version == "" || m.Interrupted {
		t.Errorf("%+v, %v", m, err)
	}
	run, err := report.Read(out)
	if err != nil || run.Machine.Cores == 0 || run.Machine.Memory < 1<<20 || run.Machine.Go == "" || run.Machine.CPU <= 0 {
		t.Errorf("%+v, %v", run.Machine, err)
	}
	s.want(exitFailure, "has a complete run: village, seed 3", "sim", "run", file, "--seed", "3", "--out", out)
	s.want(exitOK, "No invariant", "sim", "run", file, "--seed", "4", "--out", out, "--overwrite")
	view := decode(t, s.want(exitOK, "", "sim", "run", file, "--seed", "4", "--out", beside("json"), "--json").out)
	if view["seed"] != 4.0 || view["folder"] != beside("json") || view["figures"].(map[string]any)["nodes"] != 5.0 || len(view["findings"].([]any)) != 0 {
		t.Errorf("%v", view)
	}
}

// The folder is named after scenario and seed; a built-in scenario needs no file.
func TestSimRunBuiltIn(t *testing.T) {
	s := newShell(t)
	t.Chdir(t.TempDir())
	s.want(exitOK, "quickstart-seed1/report.html", "sim", "run", "quickstart", "--duration", "6s", "--set", "load.0.rate=1", "--set", "links.model=cities")
	text, err := os.ReadFile(filepath.Join("quickstart-seed1", report.ScenarioName))
	if err != nil || !strings.Contains(string(text), "rate = 1.0\n") || !strings.Contains(string(text), "duration = '6s'") {
		t.Errorf("%v: %s", err, text)
	}
}

func TestSimSameBytes(t *testing.T) {
	s, file, beside := newVillage(t)
	for name, shards := range map[string]string{"one": "1", "again": "1", "two": "2"} {
		s.want(exitOK, "", "sim", "run", file, "--out", beside(name), "--shards", shards)
	}
	r := s.want(exitOK, "", "sim", "run", file, "--out", beside("many"), "--shards", "64")
	if !strings.Contains(r.err, "runs in 5 shards instead of 64") {
		t.Error(r.err)
	}
	s.want(exitOK, "All 6 tables are the same", "sim", "compare", beside("one"), beside("many"))
	s.want(exitOK, "All 6 tables are the same", "sim", "compare", beside("one"), beside("again"))
	s.want(exitOK, "All 6 tables are the same", "sim", "compare", beside("one"), beside("two"))
	s.want(exitOK, "", "sim", "run", file, "--out", beside("other"), "--seed", "9")
	r = s.want(exitFailure, "tables differ", "sim", "compare", beside("one"), beside("other"))
	if !strings.Contains(r.out, "events.csv, row 1") || !strings.Contains(r.out, "The scenarios or the seeds differ.") {
		t.Error(r.out)
	}
	if view := decode(t, s.run("sim", "compare", "--json", beside("one"), beside("other")).out); view["same_scenario"] != false || view["same_version"] != true {
		t.Errorf("%v", view)
	}
	s.want(exitFailure, "no simulation run", "sim", "compare", beside("one"), beside("nothing"))
}

func TestSimDump(t *testing.T) {
	s, file, beside := newVillage(t)
	s.want(exitOK, "", "sim", "run", file, "--out", beside("run"), "--dump-graph", beside("graph"), "--dump-node", "4")
	graph, err := os.ReadFile(beside("graph"))
	if err != nil || !strings.HasPrefix(string(graph), `{"type":"network"`) || !strings.Contains(string(graph), `{"type":"commit"`) {
		t.Errorf("%v: %.200s", err, graph)
	}
	r := s.want(exitFailure, "graph is there already", "sim", "run", file, "--out", beside("run1"), "--dump-graph", beside("graph"))
	if _, err := os.Stat(beside("run1")); err == nil || !strings.Contains(r.err, "--overwrite") {
		t.Errorf("%v, err %s", err, r.err)
	}
	s.want(exitOK, "", "sim", "run", file, "--out", beside("run1"), "--dump-graph", beside("graph"), "--overwrite")
	s.want(exitFailure, "is a folder", "sim", "run", file, "--out", beside("run2"), "--dump-graph", beside("run"))
}

// A disk that is full costs the graph, not the run.
func TestSimFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full")
	}
	s, file, beside := newVillage(t)
	r := s.want(exitDisk, "no space left on device", "sim", "run", file, "--out", beside("run"), "--dump-graph", "/dev/full")
	if _, err := report.Read(beside("run")); err != nil || !strings.Contains(r.err, "free some space") {
		t.Errorf("%v, err %s", err, r.err)
	}
}

func TestSimRunFaults(t *testing.T) {
	s, file, beside := newVillage(t)
	letter := s.file("letter", []byte("dear"))
	for _, c := range []struct {
		fragment string
		args     []string
	}{
		{"neither as a file nor among those that come with Lot", []string{"run", "nowhere"}},
		{"wrong.toml:3: duration: \"10\" is no duration", []string{"run", s.file("wrong.toml", []byte("version = 1\nname = \"x\"\nduration = \"10\"\n"))}},
		{"lot: --set links.loss=2: links.loss: 2 is no share", []string{"run", file, "--set", "load.0.rate=1", "--set", "links.loss=2"}},
		{"did you mean loss?", []string{"check", file, "--set", "links.los=2"}},
		{"load is a list with 1 elements", []string{"check", file, "--set", "load.7.rate=2"}},
		{"--nodes 1: network.nodes", []string{"check", file, "--nodes", "1"}},
		{`--duration 5: duration: "5" is no duration`, []string{"check", file, "--duration", "5"}},
		{"--set network.nodes=x: network.nodes: \"x\" is a text", []string{"check", file, "--set", "network.nodes=x"}},
		{"--set attack.0.kind=silant: attack.0.kind", []string{"check", file, "--set", "attack.0.kind=silant", "--set", "attack.0.nodes=3"}},
		{"did you mean silent?", []string{"check", file, "--set", "attack.0.kind=silant", "--set", "attack.0.nodes=0-0"}},
		{`--set attack.0.params.x=1: attack.0.params: attack parameter of silent`, []string{"check", file, "--set", "attack.0.kind=silent", "--set", "attack.0.nodes=0-0", "--set", "attack.0.params.x=1"}},
		{"is a file: choose another folder", []string{"run", file, "--out", letter}},
		{"has files in it, such as", []string{"run", file, "--out", filepath.Dir(file)}},
		{"not a directory", []string{"run", file, "--out", filepath.Join(letter, "sub", "run")}},
		{"does not fit into memory", []string{"run", "hundred-thousand", "--nodes", "1000000", "--out", beside("big"), "--set", "network.balance=10", "--set", "load.0.rate=100000"}},
		{"there is no sweep-plan.json", []string{"merge", beside("out"), filepath.Dir(file)}},
		{"no simulation run", []string{"compare", beside("a"), beside("b")}},
		{`"cty", neither`, []string{"show", "cty"}},
		{"unknown attack", []string{"attack", "show", "spams"}},
	} {
		r := s.run(append([]string{"sim"}, c.args...)...)
		if r.code != exitFailure || !strings.Contains(r.err, c.fragment) || r.out != "" {
			t.Errorf("%v: code %d, want %q, out %q, err %s", c.args, r.code, c.fragment, r.out, r.err)
		}
	}
	if left, err := filepath.Glob(beside(".lot-sim-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestSimUsageErrors(t *testing.T) {
	for line, fragment := range map[string]string{
		"sim":                   "say which: attack, check, compare, list, merge, replay, run, show, swarm, sweep",
		"sim rn":                "did you mean run?",
		"sim run":               "missing: SCENARIO",
		"sim run a b":           "too many arguments",
		"sim run a --shards 0x": "invalid argument",
		"sim run a --shards -1": "choose a whole number from 1 to 64",
		"sim run a --shards 65": "choose a whole number from 1 to 64",
		"sim run a --out=":      "--out: name a folder",
		"sim run a --set network.nodes=99999999999999999999": "whole numbers go from",
		"sim run quickstart --seed -1":                       "choose a whole number from 0 to 9223372036854775807",
		"sim run a --dump-node 1":                            "goes with --dump-graph",
		"sim run a --dump-graph -":                           "name a file",
		"sim run a --set x":                                  "want KEY=VALUE",
		"sim run a --set seed=1":                             "seeds have flags of their own",
		"sim run quickstart --dump-graph g --dump-node 50":   "nodes 0 to 49",
		"sim run quickstart --seed 9223372036854775808":      "from 0 to 9223372036854775807",
		"sim sweep":                                  "missing: SCENARIO",
		"sim sweep quickstart":                       "missing: --out",
		"sim sweep quickstart --out x --seeds 0":     "no seeds",
		"sim sweep quickstart --out x --cell 3/2":    "write which of how many",
		"sim sweep quickstart --out x --parallel -2": "choose 1 to 1024",
		"sim merge":              "missing: OUT",
		"sim list x":             "it takes no arguments",
		"sim show":               "missing: NAME",
		"sim check":              "missing: SCENARIO",
		"sim attack":             "say which: list, show",
		"sim attack list x":      "it takes no arguments",
		"sim attack show":        "missing: NAME",
		"sim compare a":          "missing: DIR",
		"sim swarm --out=":       "--out: name a folder",
		"sim swarm --for 0s":     "want a time above 0",
		"sim swarm --seeds 0":    "choose at least 1",
		"sim swarm --parallel 0": "choose 1 to 1024",
		"sim swarm x":            "it takes no arguments",
		"sim replay":             "missing: FILE",
	} {
		r := newShell(t).want(exitUsage, fragment, strings.Fields(line)...)
		if r.out != "" || !strings.Contains(r.err, "--help` shows how it is used") {
			t.Errorf("%s: out %q, err %q", line, r.out, r.err)
		}
	}
}

func TestSimLooksAtWhatThereIs(t *testing.T) {
	s, file, _ := newVillage(t)
	s.want(exitOK, "hundred-thousand", "sim", "list")
	s.want(exitOK, `"name": "k-sweep"`, "sim", "list", "--json")
	s.want(exitOK, "version = 1\nname = \"city\"", "sim", "show", "city")
	s.want(exitOK, "Scenario village is in order", "sim", "check", file)
	s.want(exitOK, "network.approvals=8", "sim", "check", "k-sweep")
	s.want(exitOK, "Warning: attack:", "sim", "check", "k-sweep")
	s.want(exitOK, "parasite-chain", "sim", "attack", "list")
	s.want(exitOK, `"params": []`, "sim", "attack", "list", "--json")
	s.want(exitOK, "kind = \"spam\"", "sim", "attack", "show", "spam")
	s.want(exitOK, `"default"`, "sim", "attack", "show", "spam", "--json")
	r := s.run("sim", "check", "--json", file, "--set", "links.loss=2")
	view := decode(t, r.out)
	if found := view["problems"].([]any); r.code != exitFailure || len(found) != 1 || found[0].(map[string]any)["key"] != "links.loss" {
		t.Errorf("code %d, %v", r.code, view)
	}
}

// grid is the village at two rates of loss.
const grid = village + "[grid]\nlinks.loss = [0.0, 0.1]\n"

func TestSimSweep(t *testing.T) {
	s, _, beside := newVillage(t)
	file := s.file("grid.toml", []byte(grid))
	r := s.want(exitOK, "", "sim", "run", file, "--out", beside("base"))
	if !strings.Contains(r.err, "a grid of 2 cells") {
		t.Error(r.err)
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if r := s.runContext(done, "sim", "sweep", file, "--seeds", "2", "--out", beside("whole")); r.code != exitInterrupted || !strings.Contains(r.err, "0 of 4 runs are complete") {
		t.Errorf("code %d, %s", r.code, r.err)
	}
	s.want(exitOK, "village: 4 runs of 2 cells", "sim", "sweep", file, "--seeds", "2", "--out", beside("whole"), "--parallel", "2")
	s.want(exitOK, "village: 4 runs of 2 cells", "sim", "sweep", file, "--seeds", "2", "--out", beside("whole"))
	s.want(exitFailure, "it has loss = 0.0 where there is now loss = 0.5", "sim", "sweep", file, "--out", beside("whole"), "--set", "links.loss=0.5")
	for _, part := range []string{"1", "2"} {
		s.want(exitOK, "Part "+part+"/2 is complete: 2 runs", "sim", "sweep", file, "--seeds", "2", "--out", beside("part"+part), "--cell", part+"/2")
	}
	s.want(exitOK, "village: 4 runs of 2 cells", "sim", "merge", beside("joined"), beside("part1"), beside("part2"))
	for _, name := range []string{report.SweepCSVName, report.RunsName, report.SweepPageName} {
		a, errA := os.ReadFile(filepath.Join(beside("whole"), name))
		b, errB := os.ReadFile(filepath.Join(beside("joined"), name))
		if err := errors.Join(errA, errB); err != nil || string(a) != string(b) {
			t.Errorf("%s differs between a sweep and its parts: %v", name, err)
		}
	}
	s.want(exitOK, "All 6 tables are the same", "sim", "compare", filepath.Join(beside("joined"), "cells", "links.loss=0", "seed-1"), beside("base"))
}

func TestSimSwarm(t *testing.T) {
	s := newShell(t)
	s.want(exitOK, "1 seeds from 3 on, each run twice: 0 with findings.", "sim", "swarm", "--from", "3", "--seeds", "1")
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if r := s.runContext(done, "sim", "swarm", "--seeds", "5"); r.code != exitInterrupted || !strings.Contains(r.out, "0 seeds from") {
		t.Errorf("code %d, %s, %s", r.code, r.out, r.err)
	}
}

// Ctrl-C ends a run early and leaves what was measured until then.
func TestSimInterrupted(t *testing.T) {
	_, file, beside := newVillage(t)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program, "sim", "run", file, "--duration", "2000h", "--out", beside("run"), "--force-memory")
	command.Env = append(os.Environ(), asProgram+"=1")
	out := newPipe()
	command.Stdout, command.Stderr = out, out
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	out.await(t, "of memory: 5 nodes")
	if err := command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := command.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted {
		t.Errorf("%v, %s", err, out)
	}
	for _, fragment := range []string{"INTERRUPTED", "what was measured until then is in " + beside("run")} {
		if !strings.Contains(out.String(), fragment) {
			t.Errorf("%q is not in %s", fragment, out)
		}
	}
	r, err := report.Read(beside("run"))
	if err != nil || r.Until >= r.Asked {
		t.Fatalf("%v", err)
	}
	s := newShell(t)
	s.want(exitOK, "No invariant", "sim", "run", file, "--out", beside("run")) // takes the place of an interrupted run
}

// A broken invariant is an exit code, and the summary has it. Three quarters of this committee issue twin events.
func TestSimBrokenInvariant(t *testing.T) {
	s, file, beside := newVillage(t)
	args := []string{"sim", "run", file, "--out", beside("run"), "--duration", "40s", "--overwrite", "--set", "attack.0.kind=equivocate", "--set", "attack.0.nodes=0-2", "--seed"}
	for seed := range 60 { // one in six or so shows it
		r := s.run(append(slices.Clone(args), strconv.Itoa(seed))...)
		if !strings.Contains(r.err, "neither safety nor progress is promised") {
			t.Fatal(r.err)
		}
		if r.code == exitFailure && strings.Contains(r.err, "an invariant was broken; the first: ") && strings.Contains(r.out, "BROKEN INVARIANTS") {
			return
		}
	}
	t.Error("no seed breaks an invariant with three quarters of the committee against it")
}
