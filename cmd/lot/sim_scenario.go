package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/sim/attack"
	"github.com/ledgerofthings/lot/sim/scenario"
)

// chosenScenario is a scenario as a command line names it and changes it.
type chosenScenario struct {
	settings []string
	duration string
	nodes    int
}

// flags adds the flags that change a scenario.
func (o *chosenScenario) flags(c *cobra.Command) {
	c.Flags().StringArrayVar(&o.settings, "set", nil, "`KEY=VALUE` changes a key of the scenario, such as links.loss=0.05 or load.0.rate=20; may be repeated")
	c.Flags().StringVar(&o.duration, "duration", "", "how long to run in virtual `TIME`, such as 30s; what would end later ends then")
	c.Flags().IntVar(&o.nodes, "nodes", 0, "how many nodes take part: network.nodes")
}

// open reads the scenario of a name or file with all changes. Each error is said.
func (o *chosenScenario) open(c *cobra.Command, name string) (*scenario.Scenario, error) {
	var changes []setting
	for _, text := range o.settings {
		change, err := parseSetting(text)
		if err != nil {
			return nil, usage(c, "--set %s: %v", text, err)
		}
		changes = append(changes, change)
	}
	if c.Flags().Changed("nodes") {
		changes = append(changes, setting{"network.nodes", int64(o.nodes), fmt.Sprintf("--nodes %d", o.nodes)})
	}
	s, err := scenario.Open(name)
	if err == nil {
		err = s.CheckAttacks(attack.Names(), checkAttack)
	}
	if err != nil || len(changes) == 0 && o.duration == "" {
		return s, inScenario(err)
	}
	path := filepath.Join(filepath.Dir(s.Path("x")), filepath.Base(name))
	s, err = change(s, path, changes, o.duration)
	return s, inScenario(err)
}

// checkAttack says what is wrong with the parameters of an attack.
func checkAttack(a scenario.Attack) error {
	kind, err := attack.Find(a.Kind)
	if err != nil {
		return err
	}
	return kind.Check(a.Params)
}

// inScenario gives advice where something is wrong with a scenario.
func inScenario(err error) error {
	var problems scenario.Problems
	if !errors.As(err, &problems) {
		return err
	}
	return fail(exitFailure, "every key is explained in docs/simulator.md; `lot sim show quickstart` prints a scenario to begin with", "%w", problems)
}

// introduce says on standard error what to expect of a run, and refuses one that does not fit into memory.
func (p *program) introduce(s *scenario.Scenario, shards int, force bool) error {
	for _, warning := range s.Warnings() {
		fmt.Fprintf(p.err, "Warning: %s\n", safe(warning))
	}
	e := s.EstimateIn(shards)
	fmt.Fprintf(p.err, "About %s on two cores and %s of memory: %s.\n", secondsText(e.Seconds), sizeText(e.Memory), e.Why)
	return p.fits(s, shards, 1, force)
}

// fits refuses a scenario of which so many runs side by side, each in so many shards, do not fit into memory.
func (p *program) fits(s *scenario.Scenario, shards int, copies uint64, force bool) error {
	available, known := thisMachine.available()
	switch {
	case force:
		return nil
	case !known:
		fmt.Fprintf(p.err, "How much memory is free cannot be found out on this system, so whether it suffices was not checked.\n")
		return nil
	}
	if err := s.CheckMemory(available/copies, shards); err != nil {
		return fail(exitFailure, "--force-memory runs it anyway; the system may then end the program", "%w", err)
	}
	return nil
}
