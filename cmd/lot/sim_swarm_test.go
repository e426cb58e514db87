package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/sim/invariant"
	"github.com/ledgerofthings/lot/sim/scenario"
	"github.com/ledgerofthings/lot/sim/swarm"
)

// A seed that fails comes with what repeats it, and with a smaller scenario that still fails.
func TestSwarmFailureIsToldAndShrunk(t *testing.T) {
	var out bytes.Buffer
	p := &program{out: &out, err: &out, now: func() time.Time { return founded }}
	o := &simSwarm{shrink: true, out: filepath.Join(t.TempDir(), "failed")}
	finding := invariant.Finding{Rule: invariant.RuleSupply, At: 5, Node: 2, Detail: "one too many"}
	o.campaign.Runner = func(context.Context, *scenario.Scenario) ([]invariant.Finding, string, error) {
		return []invariant.Finding{finding}, "same", nil
	}
	f := &swarm.Failure{Seed: 17, Scenario: swarm.Generate(17, nil), Findings: []invariant.Finding{finding}, Trace: "goroutine 1"}
	if err := p.swarmFailure(t.Context(), o, f); err != nil {
		t.Fatal(err)
	}
	small := filepath.Join(o.out, "seed-17-shrunk.toml")
	for _, fragment := range []string{
		"Seed 17, version ", "supply at 0.000005 s, node 2: one too many", "goroutine 1", "lot sim swarm --from 17 --seeds 1",
		"lot sim run " + filepath.Join(o.out, "seed-17.toml"), "lot sim run " + small + "\n",
	} {
		if !strings.Contains(out.String(), fragment) {
			t.Errorf("%q is not in %s", fragment, out.String())
		}
	}
	text, err := os.ReadFile(small)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := scenario.Parse(text, small); err != nil || len(s.Faults)+len(s.Attacks) > 0 {
		t.Errorf("it is not small: %v\n%s", err, text)
	}
	out.Reset()
	o.out = ""
	if err := p.swarmFailure(t.Context(), o, f); err != nil || !strings.Contains(out.String(), "[network]") {
		t.Errorf("%v: the scenario is not printed: %s", err, out.String())
	}
}

func TestRunAgain(t *testing.T) {
	if got := runAgain("a.toml", invariant.Finding{Rule: invariant.RuleSpends}); got != "lot sim run a.toml" {
		t.Error(got)
	}
	if got := runAgain("a.toml", invariant.Finding{Rule: swarm.RuleRepeatable}); !strings.HasSuffix(got, "; lot sim compare one two") {
		t.Error(got)
	}
}

func TestSwarmKeepsWhatItCan(t *testing.T) {
	letter := filepath.Join(t.TempDir(), "letter")
	if err := os.WriteFile(letter, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	o := &simSwarm{out: letter}
	if _, err := o.keep("x.toml", swarm.Generate(1, nil)); err == nil || !strings.Contains(err.Error(), "keep the scenario") {
		t.Errorf("error %v", err)
	}
}

// The two runners of a swarm give the same hash, and a context that is done is no finding.
func TestSwarmRunner(t *testing.T) {
	s, err := scenario.Parse([]byte(village), "village.toml")
	if err != nil {
		t.Fatal(err)
	}
	_, one, errOne := swarmRunner(1)(t.Context(), s)
	_, two, errTwo := swarmRunner(2)(t.Context(), s)
	if err := errors.Join(errOne, errTwo); err != nil || one != two || len(one) != 64 {
		t.Errorf("%s and %s, %v", one, two, err)
	}
}
